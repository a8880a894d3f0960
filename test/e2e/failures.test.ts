import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault as ModelFault } from '../../local/standin/anthropic/faults.ts';
import type { Fault as GithubFault } from '../../local/standin/github/faults.ts';
import {
  botComments,
  ending,
  fixPrompt,
  type Running,
  startRunning,
  until,
  view,
} from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;
let count = 0;

beforeAll(async () => {
  stack = await startRunning();
});

afterAll(() => stack?.close());

/** What goes wrong in one repository; the others beside it go on undisturbed. */
type Trouble = (name: string) => void;

/** Repositories whose model calls met their fault. */
const struck = new Set<string>();

const model =
  (fault: ModelFault): Trouble =>
  (name) =>
    stack.model?.faults.add({
      ...fault,
      when: ({ body }) => {
        const meant = JSON.stringify(body).includes(`acme/${name},`);
        if (meant) struck.add(name);
        return meant;
      },
    });

type OfRepository = Omit<GithubFault, 'path' | 'method'>;

const post =
  (route: string, fault: OfRepository): Trouble =>
  (name) =>
    stack.github.faults.add({ ...fault, method: 'POST', path: `/repos/acme/${name}${route}` });

/** Runs one fix in a new repository and returns the closing comment with what was opened. */
async function run(trouble: Trouble) {
  count += 1;
  const name = `app-${count}`;
  await stack.broken(name, count % 2 === 0 ? 'billing-service' : 'web-app');
  trouble(name);
  const asked = await stack.comment({ name, issue: stack.issue(name) }, `/cody ${fixPrompt}`);
  const end = await ending(stack, asked);
  const { pulls, checkRuns } = await view(stack, name);
  const refused = stack.github
    .requests()
    .some(({ path, status }) => path.includes(`/${name}/`) && (status === 0 || status >= 422));
  expect(struck.has(name) || refused || denied(name), 'the fault was met').toBe(true);
  return { closing: end.comments.at(-1)?.body ?? '', pulls, checkRuns };
}

function denied(name: string): boolean {
  return stack.github
    .requests()
    .some(({ path, status }) => path.endsWith(`/${name}/git/trees`) && status === 403);
}

const always = 1_000;

// They wait for each other's slots more than for the processor.
describe.concurrent('a model that answers with', () => {
  const ends: readonly (readonly [string, ModelFault, RegExp])[] = [
    ['401', { type: 'status', status: 401, times: always }, /did not accept the key/],
    ['529 for ever', { type: 'status', status: 529, times: always }, /overloaded/],
    ['a refusal', { type: 'refusal_before_output', times: always }, /refused/],
  ];
  it.each(ends)(
    '%s ends the job with the reason in the closing comment',
    async (_, fault, words) => {
      const { closing, pulls, checkRuns } = await run(model(fault));
      expect(closing).toMatch(words);
      expect(closing).toContain('failed');
      expect(pulls).toEqual([]);
      expect(checkRuns.map(({ status }) => status)).toEqual(['completed']);
    },
  );

  const passes: readonly (readonly [string, ModelFault])[] = [
    ['429', { type: 'status', status: 429, retryAfter: 1 }],
    ['a stream that breaks off in a tool call', { type: 'cut_in_tool_json' }],
    ['a stream without an end', { type: 'missing_message_stop' }],
  ];
  it.each(passes)('%s once does not stop the job', async (_, fault) => {
    const { closing, pulls } = await run(model(fault));
    expect(pulls, closing).toHaveLength(1);
    expect(pulls[0]?.pull.draft).toBe(false);
  });
});

describe.concurrent('a GitHub that answers', () => {
  const passes: readonly (readonly [string, Trouble])[] = [
    ['502 to a tree once', post('/git/trees', { when: 'before', status: 502 })],
    ['502 to a pull request that it has opened', post('/pulls', { when: 'after', status: 502 })],
    [
      'nothing to a pull request that it has opened',
      post('/pulls', { when: 'after', destroy: true }),
    ],
  ];
  it.each(passes)('%s gets exactly one pull request', async (_, trouble) => {
    const { closing, pulls } = await run(trouble);
    expect(pulls, closing).toHaveLength(1);
  });

  const ends: readonly (readonly [string, Trouble])[] = [
    [
      '403 to every tree',
      post('/git/trees', {
        when: 'before',
        status: 403,
        times: always,
        body: { message: 'Resource not accessible by integration' },
      }),
    ],
    [
      '422 to every tree',
      post('/git/trees', {
        when: 'before',
        status: 422,
        times: always,
        body: { message: 'Invalid tree' },
      }),
    ],
  ];
  it.each(ends)('%s leaves the patch and says why', async (_, trouble) => {
    const { closing, pulls, checkRuns } = await run(trouble);
    expect(closing).toMatch(/patch kept|failed/);
    expect(closing).toContain('GitHub');
    expect(pulls).toEqual([]);
    expect(checkRuns.map(({ status }) => status)).toEqual(['completed']);
  });
});

// The last one: from here on the key is paused.
it('ends the job that meets the spend limit of the model account, and lets the next one wait', async () => {
  const { closing } = await run(model({ type: 'status', status: 402 }));
  expect(closing).toContain('The spend limit of the model account is reached');

  await stack.repository({ name: 'waiting', files: { 'README.md': '# waiting\n' } });
  const place = { name: 'waiting', issue: stack.issue('waiting') };
  const asked = await stack.comment(place, `/cody ${fixPrompt}`);
  await until('the next job waits for the model account', async () => {
    const [status] = await botComments(stack, place);
    return status?.body.includes('waiting for the spend limit of the model account') === true;
  });
  await stack.comment(place, '/cody cancel');
  expect((await ending(stack, asked)).comments.at(-1)?.body).toContain('cancelled');
});
