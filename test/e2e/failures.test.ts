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

// Each kind once: what each fault is taken for is shown where the model is asked and where a change is published. They
// wait for each other's slots more than for the processor.
describe.concurrent('a model that answers with', () => {
  it('401 ends the job with the reason in the closing comment', async () => {
    const fault = { type: 'status', status: 401, times: always } as const;
    const { closing, pulls, checkRuns } = await run(model(fault));
    expect(closing).toMatch(/did not accept the key/);
    expect(closing).toContain('failed');
    expect(pulls).toEqual([]);
    expect(checkRuns.map(({ status }) => status)).toEqual(['completed']);
  });

  it('a stream that breaks off in a tool call once does not stop the job', async () => {
    const { closing, pulls } = await run(model({ type: 'cut_in_tool_json' }));
    expect(pulls, closing).toHaveLength(1);
    expect(pulls[0]?.pull.draft).toBe(false);
  });
});

describe.concurrent('a GitHub that answers', () => {
  it('nothing to a pull request that it has opened gets exactly one pull request', async () => {
    const { closing, pulls } = await run(post('/pulls', { when: 'after', destroy: true }));
    expect(pulls, closing).toHaveLength(1);
  });

  it('403 to every tree leaves the patch and says why', async () => {
    const body = { message: 'Resource not accessible by integration' };
    const fault = { when: 'before', status: 403, times: always, body } as const;
    const { closing, pulls, checkRuns } = await run(post('/git/trees', fault));
    expect(closing).toMatch(/patch kept|failed/);
    expect(closing).toContain('GitHub');
    expect(pulls).toEqual([]);
    expect(checkRuns.map(({ status }) => status)).toEqual(['completed']);
  });
});

const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes.';

type Refusal = Pick<GithubFault, 'status' | 'times' | 'headers' | 'body'>;

/** Asks in a new repository whose issues take no comment of anyone. */
async function askUnheard(name: string, refusal: Refusal) {
  await stack.repository({ name, files: { 'README.md': '# App\n\nIt shows times.\n' } });
  const issue = stack.issue(name);
  const asked = await stack.comment({ name, issue }, '/cody Mention the time zone in the README.');
  stack.github.faults.add({
    method: 'POST',
    path: new RegExp(`^/repos/acme/${name}/issues/\\d+/comments$`),
    when: 'before',
    ...refusal,
  });
  return { issue, asked };
}

describe.concurrent('comments that GitHub refuses', () => {
  it('for good do not keep the pull request from being opened', async () => {
    const body = { message: 'Unable to create comment because issue is locked.' };
    const { issue } = await askUnheard('mute', { status: 403, times: 1_000, body });
    await until('the pull request is there', async () => {
      const { pulls, checkRuns } = await view(stack, 'mute');
      return pulls.length === 1 && checkRuns.some(({ status }) => status === 'completed');
    });
    expect(await botComments(stack, { name: 'mute', issue })).toEqual([]);
  });

  it('for a while are written once that is over, one of each', async () => {
    const headers = { 'retry-after': '2' };
    const body = { message: secondary };
    const { asked, issue } = await askUnheard('hoarse', { status: 403, times: 2, headers, body });
    const end = await ending(stack, asked);
    expect(end.comments.at(-1)?.body).toContain('cody-batch:closing:');
    expect((await view(stack, 'hoarse')).pulls).toHaveLength(1);
    expect(await botComments(stack, { name: 'hoarse', issue })).toHaveLength(2);
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
