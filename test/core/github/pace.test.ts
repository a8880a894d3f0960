import { describe, expect, it } from 'vitest';
import { Stopped } from '../../../core/errors.ts';
import { createPace, isContent } from '../../../core/github/pace.ts';
import type { PacingAnswer } from '../../../core/store/pacing.ts';

/** A budget that answers what it is told, and how long a pause lasts whenever that is looked at. */
function budget(
  answers: readonly PacingAnswer[],
  pauses: readonly number[] = [],
  signal?: AbortSignal,
) {
  const left = { answers: [...answers], pauses: [...pauses] };
  const pacing = {
    reserve: async () => left.answers.shift() ?? { type: 'go' as const, inMs: 0 },
    pause: async () => undefined,
    pausedMs: async () => left.pauses.shift() ?? 0,
  };
  const options = { pacing, installationId: 1, patienceMs: 100, ...(signal ? { signal } : {}) };
  return { left, pace: createPace(options) };
}

const write = { content: true, urgency: 'normal' as const };

describe('a write', () => {
  it('that would have to wait for too long is refused with the time', async () => {
    const { pace } = budget([{ type: 'wait', ms: 4_000 }]);
    await expect(pace.before(write)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'github_unavailable',
      retryAfterMs: 4_000,
    });
  });

  it('waits for its start', async () => {
    const { pace, left } = budget([{ type: 'go', inMs: 5 }]);
    await pace.before(write);
    expect(left.answers).toEqual([]);
  });

  it('waits no longer than the one who wants it', async () => {
    const end = new AbortController();
    const { pace } = budget([{ type: 'go', inMs: 600_000 }], [], end.signal);
    const waiting = pace.before(write);
    const stopped = new Stopped('shutdown', 'worker_lost', 'The worker was told to stop.');
    end.abort(stopped);
    await expect(waiting).rejects.toBe(stopped);
  });

  it('asks for another start when GitHub wanted silence meanwhile', async () => {
    const first = { type: 'go' as const, inMs: 5 };
    const { pace } = budget([first, { type: 'wait', ms: 60_000 }], [60_000]);
    await expect(pace.before(write)).rejects.toMatchObject({ retryAfterMs: 60_000 });
  });
});

describe('what counts for the limit on content', () => {
  const repository = '/repos/{owner}/{repo}';

  it.each([
    ['POST', '/issues/{issue_number}/comments'],
    ['PATCH', '/issues/comments/{comment_id}'],
    ['POST', '/issues/comments/{comment_id}/reactions'],
    ['POST', '/issues/{issue_number}/labels'],
    ['POST', '/pulls'],
    ['PATCH', '/pulls/{pull_number}'],
    ['POST', '/pulls/{pull_number}/requested_reviewers'],
    ['POST', '/pulls/{pull_number}/comments/{comment_id}/replies'],
    ['POST', '/check-runs'],
    ['PATCH', '/check-runs/{check_run_id}'],
  ])('is %s %s', (method, path) => {
    expect(isContent(method, `${repository}${path}`)).toBe(true);
  });

  it.each([
    ['GET', '/issues/{issue_number}/comments'],
    ['DELETE', '/issues/comments/{comment_id}'],
    ['POST', '/git/trees'],
    ['POST', '/git/commits'],
    ['POST', '/git/blobs'],
    ['POST', '/git/refs'],
    ['PATCH', '/git/refs/{ref}'],
  ])('is not %s %s', (method, path) => {
    expect(isContent(method, `${repository}${path}`)).toBe(false);
  });
});
