import { expect, it } from 'vitest';
import { checkoutFailure, fetchFailure } from '../../../worker/workspace/fetch-failure.ts';
import { GitError } from '../../../worker/workspace/git.ts';

function failed(stderr: string) {
  return new GitError('any', { exitCode: 128, stderr, timedOut: false });
}

it('blames GitHub for a fetch that broke off, and not for files that cannot be written', () => {
  const broke = failed('fatal: early EOF');
  expect(fetchFailure(broke)).toMatchObject({ name: 'TransientError', code: 'github_unavailable' });
  const stuck = failed('error: unable to create file a: Input/output error');
  expect(checkoutFailure(stuck)).toMatchObject({ name: 'TransientError', code: 'internal_error' });
});

it.each([
  'fatal: early EOF',
  "fatal: unable to access 'x': Could not resolve host: github.example",
  "fatal: unable to access 'x': Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
  "fatal: unable to access 'x': Empty reply from server",
  'error: RPC failed; curl 56 Recv failure: Connection reset by peer',
  'error: RPC failed; curl 18 transfer closed with outstanding read data remaining',
  'fatal: the remote end hung up unexpectedly',
  "fatal: unable to access 'x': The requested URL returned error: 503",
  "fatal: unable to access 'x': The requested URL returned error: 429",
  'error: RPC failed; curl 56 GnuTLS recv error (-54): Error in the pull function.',
])('waits for GitHub after "%s"', (stderr) => {
  expect(fetchFailure(failed(stderr))).toMatchObject({ code: 'github_unavailable' });
});

it('does not take a fetch that failed for reasons that nobody knows for an outage', () => {
  const unknown = failed('fatal: something that git says in a later version');
  expect(fetchFailure(unknown)).toMatchObject({ name: 'TransientError', code: 'internal_error' });
});

it.each([fetchFailure, checkoutFailure])(
  'knows a full disk by the words of git (%o)',
  (translate) => {
    const full = failed('fatal: write error: No space left on device');
    expect(translate(full)).toMatchObject({ code: 'disk_full' });
  },
);
