import { describe, expect, it } from 'vitest';
import type { RequestSource } from '../../../core/request.ts';
import { mayTell } from '../../../worker/iteration/earlier-runs.ts';

const repository = (isPrivate: boolean) => ({
  id: 1,
  owner: 'acme',
  name: 'web',
  private: isPrivate,
});

function past(asked: boolean, worked: boolean) {
  const source: RequestSource = {
    type: 'issue_comment',
    installation_id: 9,
    repository: repository(asked),
    issue_number: 1,
    comment_id: 1,
    url: '',
  };
  return { request: { source }, job: { repository: repository(worked) } };
}

describe('what an earlier run said', () => {
  it.each([
    { what: 'was private and is public now', before: true, now: false, told: false },
    { what: 'was private and still is', before: true, now: true, told: true },
    { what: 'was public and is private now', before: false, now: true, told: true },
    { what: 'was public and still is', before: false, now: false, told: true },
  ])('is told $told of a repository that $what', ({ before, now, told }) => {
    expect(mayTell(past(before, before), repository(now))).toBe(told);
  });

  it('is not told in public when it was asked in private', () => {
    expect(mayTell(past(true, false), repository(false))).toBe(false);
    expect(mayTell(past(true, false), repository(true))).toBe(true);
  });
});
