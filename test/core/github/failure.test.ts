import { describe, expect, it } from 'vitest';
import { Stopped, TransientError, UserError } from '../../../core/errors.ts';
import { githubFailure } from '../../../core/github/failure.ts';
import { knownMessage } from '../../../core/github/known-message.ts';

type Answer = { message?: string; errors?: unknown[]; headers?: Record<string, string> };

function answered(status: number, { message = 'Nope', errors, headers = {} }: Answer = {}): Error {
  return Object.assign(new Error(message), {
    name: 'HttpError',
    status,
    response: { status, headers, data: { message, ...(errors ? { errors } : {}) } },
  });
}

function code(error: unknown): unknown {
  const failure = githubFailure(error);
  return failure instanceof UserError || failure instanceof TransientError
    ? failure.code
    : 'defect';
}

function said(status: number, message: string): unknown {
  return code(answered(status, { message }));
}

describe('githubFailure', () => {
  it('reads what a person has to settle from the status', () => {
    expect(code(answered(401))).toBe('github_forbidden');
    expect(code(answered(404))).toBe('repository_gone');
    expect(code(answered(410))).toBe('github_rejected');
    expect(code(answered(422, { message: 'Something new' }))).toBe('github_rejected');
    expect(code(answered(451))).toBe('github_forbidden');
  });

  it('names the permission that GitHub wants', () => {
    const failure = githubFailure(
      answered(403, {
        message: 'Resource not accessible by integration',
        headers: { 'x-accepted-github-permissions': 'contents=write; pull_requests=write' },
      }),
    );
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toBe(
      'The App does not have a permission that this needs: contents (write) or pull_requests (write).',
    );
  });

  it('waits as long as GitHub asks, by either of its limits', () => {
    const retryAfter = githubFailure(answered(403, { headers: { 'retry-after': '7' } }));
    expect(retryAfter).toMatchObject({ name: 'TransientError', retryAfterMs: 7000 });
    const reset = Math.ceil(Date.now() / 1000) + 3600;
    const primary = githubFailure(
      answered(403, {
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
      }),
    );
    expect(primary).toBeInstanceOf(TransientError);
    if (primary instanceof TransientError) {
      expect(primary.retryAfterMs).toBeGreaterThan(3_590_000);
      expect(primary.retryAfterMs).toBeLessThanOrEqual(3_601_000);
    }
    const words = githubFailure(
      answered(403, { message: 'You have exceeded a secondary rate limit.' }),
    );
    expect(words).toMatchObject({ name: 'TransientError', retryAfterMs: 60_000 });
    expect(githubFailure(answered(429))).toMatchObject({ retryAfterMs: 60_000 });
  });

  it('counts 5xx, 409 and an unreached server as passing', () => {
    expect(code(answered(502))).toBe('github_unavailable');
    expect(code(answered(409))).toBe('github_unavailable');
    expect(code(Object.assign(new Error('socket'), { status: 500 }))).toBe('github_unavailable');
    expect(code(new DOMException('late', 'TimeoutError'))).toBe('github_unavailable');
  });

  it('knows what GitHub says in words only', () => {
    expect(said(409, 'Git Repository is empty.')).toBe('repository_empty');
    expect(said(403, 'Repository was archived so is read-only.')).toBe('repository_archived');
    expect(said(422, 'Reference already exists')).toBe('branch_taken');
    expect(said(422, 'Update is not a fast forward')).toBe('branch_taken');
    expect(
      said(
        403,
        'refusing to allow a GitHub App to create or update workflow `x` without `workflows` permission',
      ),
    ).toBe('workflows_permission');
  });

  it('reads the messages of single errors', () => {
    const exists = answered(422, {
      message: 'Validation Failed',
      errors: [{ resource: 'PullRequest', message: 'A pull request already exists for acme:x.' }],
    });
    expect(knownMessage(exists)).toBe('pull_request_exists');
    expect(githubFailure(exists).message).toContain('A pull request already exists for acme:x.');
  });

  it('gives defects and our own errors back as they are', () => {
    const defect = new TypeError('x is not a function');
    expect(githubFailure(defect)).toBe(defect);
    const stopped = new Stopped('lease_lost', 'worker_lost', 'Gone.');
    expect(githubFailure(stopped)).toBe(stopped);
    const bad = answered(400);
    expect(githubFailure(bad)).toBe(bad);
    expect(githubFailure('text')).toBeInstanceOf(Error);
  });
});
