import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault as ModelFault } from '../../local/standin/anthropic/faults.ts';
import type { Fault as GithubFault } from '../../local/standin/github/faults.ts';
import { ending, fixPrompt, type Running, startRunning, view } from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;
let count = 0;

beforeAll(async () => {
  stack = await startRunning();
});

afterEach(() => {
  stack.model?.faults.clear();
  stack.github.faults.clear();
});

afterAll(() => stack?.close());

/** Runs one fix in a new repository and returns the closing comment with what was opened. */
async function run() {
  count += 1;
  const name = `app-${count}`;
  await stack.broken(name, count % 2 === 0 ? 'billing-service' : 'web-app');
  const asked = await stack.comment({ name, issue: stack.issue(name) }, `/cody ${fixPrompt}`);
  const end = await ending(stack, asked);
  const { pulls, checkRuns } = await view(stack, name);
  return { closing: end.comments.at(-1)?.body ?? '', pulls, checkRuns };
}

const always = 1_000;

describe('a model that answers with', () => {
  const ends: readonly (readonly [string, ModelFault, RegExp])[] = [
    ['401', { type: 'status', status: 401, times: always }, /did not accept the key/],
    ['529 for ever', { type: 'status', status: 529, times: always }, /overloaded/],
    ['a refusal', { type: 'refusal_before_output', times: always }, /refused/],
  ];
  it.each(ends)(
    '%s ends the job with the reason in the closing comment',
    async (_, fault, words) => {
      stack.model?.faults.add(fault);
      const { closing, pulls, checkRuns } = await run();
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
    stack.model?.faults.add(fault);
    const { closing, pulls } = await run();
    expect(pulls, closing).toHaveLength(1);
    expect(pulls[0]?.pull.draft).toBe(false);
  });
});

describe('a GitHub that answers', () => {
  const trees = { method: 'POST', path: '/repos/{owner}/{repo}/git/trees' } as const;
  const pulls = { method: 'POST', path: '/repos/{owner}/{repo}/pulls' } as const;

  const passes: readonly (readonly [string, GithubFault])[] = [
    ['502 to a tree once', { ...trees, when: 'before', status: 502 }],
    ['502 to a pull request that it has opened', { ...pulls, when: 'after', status: 502 }],
    ['nothing to a pull request that it has opened', { ...pulls, when: 'after', destroy: true }],
  ];
  it.each(passes)('%s gets exactly one pull request', async (_, fault) => {
    stack.github.faults.add(fault);
    const { closing, pulls } = await run();
    expect(pulls, closing).toHaveLength(1);
  });

  const ends: readonly (readonly [string, GithubFault])[] = [
    [
      '403 to every tree',
      {
        ...trees,
        when: 'before',
        status: 403,
        times: always,
        body: { message: 'Resource not accessible by integration' },
      },
    ],
    [
      '422 to every tree',
      { ...trees, when: 'before', status: 422, times: always, body: { message: 'Invalid tree' } },
    ],
  ];
  it.each(ends)('%s leaves the patch and says why', async (_, fault) => {
    stack.github.faults.add(fault);
    const { closing, pulls, checkRuns } = await run();
    expect(closing).toMatch(/patch kept|failed/);
    expect(closing).toContain('GitHub');
    expect(pulls).toEqual([]);
    expect(checkRuns.map(({ status }) => status)).toEqual(['completed']);
  });
});
