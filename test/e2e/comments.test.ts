import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../local/standin/github/faults.ts';
import { botComments, ending, type Running, startRunning, until, view } from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

beforeAll(async () => {
  stack = await startRunning();
});
afterAll(() => stack?.close());

const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes.';

type Refusal = Pick<Fault, 'status' | 'times' | 'headers' | 'body'>;

/** Asks in a new repository whose issues take no comment of anyone. */
async function ask(name: string, refusal: Refusal) {
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
    const { issue } = await ask('mute', { status: 403, times: 1_000, body });
    await until('the pull request is there', async () => {
      const { pulls, checkRuns } = await view(stack, 'mute');
      return pulls.length === 1 && checkRuns.some(({ status }) => status === 'completed');
    });
    expect(await botComments(stack, { name: 'mute', issue })).toEqual([]);
  });

  it('for a while are written once that is over, one of each', async () => {
    const headers = { 'retry-after': '2' };
    const body = { message: secondary };
    const { asked, issue } = await ask('hoarse', { status: 403, times: 2, headers, body });
    const end = await ending(stack, asked);
    expect(end.comments.at(-1)?.body).toContain('cody-batch:closing:');
    expect((await view(stack, 'hoarse')).pulls).toHaveLength(1);
    expect(await botComments(stack, { name: 'hoarse', issue })).toHaveLength(2);
  });
});
