import { expect, it } from 'vitest';
import { GitError } from '../../../worker/workspace/git.ts';
import { withNewToken } from '../../../worker/workspace/with-new-token.ts';

function failed(stderr: string) {
  return new GitError('fetch', { exitCode: 128, stderr, timedOut: false });
}

const unknown = failed("fatal: Authentication failed for 'https://github.com/acme/web.git/'");
const forbidden = failed('fatal: unable to access: The requested URL returned error: 403');

function failing(error: GitError, times: number) {
  const calls = { count: 0 };
  const fetch = async () => {
    calls.count += 1;
    if (calls.count <= times) throw error;
    return 'fetched';
  };
  return { calls, fetch };
}

it('fetches again until GitHub knows the new token', async () => {
  const { calls, fetch } = failing(unknown, 3);
  await expect(withNewToken({ retryDelayMs: 1 }, fetch)).resolves.toBe('fetched');
  expect(calls.count).toBe(4);
});

it('gives up on a token that is not known when new ones are', async () => {
  const { calls, fetch } = failing(unknown, 1_000);
  const patience = { settlesMs: 20, retryDelayMs: 30 };
  await expect(withNewToken(patience, fetch)).rejects.toBe(unknown);
  expect(calls.count).toBe(2);
});

it('waits for nothing else', async () => {
  const { calls, fetch } = failing(forbidden, 1);
  await expect(withNewToken({ retryDelayMs: 1 }, fetch)).rejects.toBe(forbidden);
  expect(calls.count).toBe(1);
});

it('stops waiting when it is told to', async () => {
  const { fetch } = failing(unknown, 1_000);
  const told = new Error('told');
  const signal = AbortSignal.abort(told);
  await expect(withNewToken({ signal }, fetch)).rejects.toBe(told);
});
