import { describe, expect, it } from 'vitest';
import { closedIssues } from '../../../../app/accept/context/closed-issues.ts';

const place = {
  repository: { owner: 'acme', name: 'web' },
  serverUrl: 'https://git.example',
};

describe('the issues that a pull request closes', () => {
  it.each([
    ['Closes #12', [12]],
    ['fixes: #1, resolved #2 and Fixed #1', [1, 2]],
    ['close #1 close #2 close #3 close #4', [1, 2, 3]],
    ['Fixes Acme/Web#5', [5]],
    ['Resolves https://git.example/acme/web/issues/6', [6]],
    ['Closes other/web#7', []],
    ['Closes https://git.example/acme/api/issues/8', []],
    ['Closes https://evil.example/acme/web/issues/9', []],
    ['See #10, discloses #11, closes#12', []],
  ])('are in "%s" these: %j', (text, numbers) => {
    expect(closedIssues(text, place)).toEqual(numbers);
  });
});
