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
    ['was private and is public now', true, false, false],
    ['was private and still is', true, true, true],
    ['was public and is private now', false, true, true],
    ['was public and still is', false, false, true],
  ])('of a repository that %s', (_, before, now, told) => {
    expect(mayTell({ repository: repository(before) }, repository(now))).toBe(told);
  });
});
