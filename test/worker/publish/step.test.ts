import { expect, it } from 'vitest';
import { Stopped, TransientError } from '../../../core/errors.ts';
import { createGithub } from '../../../core/github/octokit.ts';
import { runStep } from '../../../worker/publish/step.ts';
import { silentLog } from './scene.ts';

it('does not wait for GitHub beyond the end of the worker', async () => {
  const end = new AbortController();
  const stopped = new Stopped('shutdown', 'worker_lost', 'The worker was told to stop.');
  let tries = 0;
  const running = runStep(
    {
      github: createGithub({ baseUrl: 'http://127.0.0.1:9', log: silentLog }),
      fence: async () => undefined,
      record: async () => undefined,
      log: silentLog,
      stop: end.signal,
    },
    async () => {
      tries += 1;
      throw new TransientError('github_unavailable', 'Later', { retryAfterMs: 80_000 });
    },
  );
  end.abort(stopped);
  await expect(running).rejects.toBe(stopped);
  expect(tries).toBe(1);
});
