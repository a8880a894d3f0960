import { expect, test } from 'vitest';
import { type Case, NotReached } from './family.ts';
import { runCases } from './run-cases.ts';

const options = { lanes: 1, casesPerStack: 10, until: Number.POSITIVE_INFINITY, done: () => {} };

/** Its call is made in one play only. */
function reachedIn(play: number): Case {
  let plays = 0;
  return {
    id: `reached in play ${play}`,
    run: () => Promise.reject(new Error('It needs no stack')),
    bare: () => {
      plays += 1;
      return plays < play
        ? Promise.reject(new NotReached('app github GET /app #1'))
        : Promise.resolve([{ invariant: 4, text: `play ${plays}` }]);
    },
  };
}

test('a case whose call is not made is played again, and its violations count', async () => {
  const [result] = await runCases([reachedIn(3)], options);
  expect(result).toMatchObject({ violations: [{ invariant: 4, text: 'play 3' }] });
  expect(result).not.toHaveProperty('unreached');
});

test('a case whose call is made in none of three plays is told apart from one that holds', async () => {
  const [result] = await runCases([reachedIn(4)], options);
  expect(result).toMatchObject({ violations: [], unreached: true });
});
