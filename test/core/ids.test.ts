import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchName, jobId, requestId } from '../../core/ids.ts';

describe('requestId', () => {
  it('gives the same id for the same command and ten characters of its alphabet', () => {
    expect(requestId('comment:1:2')).toBe(requestId('comment:1:2'));
    expect(requestId('comment:1:2')).not.toBe(requestId('comment:1:3'));
    expect(requestId('comment:1:2')).toMatch(/^[0-9a-hjkmnp-tv-z]{10}$/);
  });

  it('numbers jobs from one', () => {
    expect(jobId('abc', 0)).toBe('abc-1');
  });
});

describe('branchName', () => {
  it.each([
    ['Fix the login page', 'cody/r-fix-the-login-page'],
    [
      'Durations are shown wrong: 90 minutes must read as 1 h',
      'cody/r-durations-are-shown-wrong-90-minutes',
    ],
    ['  --Übergröße!  ', 'cody/r-ubergro-e'],
    ['日本語だけ', 'cody/r'],
    ['', 'cody/r'],
    ['a'.repeat(60), `cody/r-${'a'.repeat(40)}`],
    ['word ', 'cody/r-word'],
  ])('names %j as %s', (prompt, branch) => {
    expect(branchName('r', prompt)).toBe(branch);
  });

  it('is a valid short ref for any prompt', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (prompt) => {
        const branch = branchName('abcdefghjk', prompt);
        expect(branch).toMatch(/^cody\/abcdefghjk(-[a-z0-9]+)*$/);
        expect(branch.length).toBeLessThanOrEqual(60);
      }),
    );
  });
});
