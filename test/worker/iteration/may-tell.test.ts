import { describe, expect, it } from 'vitest';
import { mayTell } from '../../../worker/iteration/earlier-runs.ts';

const repository = (isPrivate: boolean) => ({
  id: 1,
  owner: 'acme',
  name: 'web',
  private: isPrivate,
});

describe('what an earlier run said', () => {
  it.each([
    { what: 'was private and is public now', before: true, now: false, told: false },
    { what: 'was private and still is', before: true, now: true, told: true },
    { what: 'was public and is private now', before: false, now: true, told: true },
    { what: 'was public and still is', before: false, now: false, told: true },
  ])('is told $told of a repository that $what', ({ before, now, told }) => {
    expect(mayTell({ repository: repository(before) }, repository(now))).toBe(told);
  });
});
