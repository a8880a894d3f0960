import type { Family } from '../family.ts';
import { isMessage } from '../message-tricks.ts';
import { scenarios } from '../scenarios.ts';
import { seeded } from '../seeded.ts';
import { again } from './messages/again.ts';
import { dead } from './messages/dead.ts';
import { handledAgain } from './messages/failed.ts';
import { nonsense } from './messages/noise.ts';
import { people } from './messages/people.ts';
import { slow } from './messages/slow.ts';
import { ofOneName, onAll, shuffled } from './messages/timing.ts';

/** Messages that come twice, late, in another order, never, after the end, or make no sense. */
export const messages: Family = {
  name: 'messages',
  cases: async ({ mode, seed, reference }) => {
    const { calls } = await reference(scenarios.edit);
    const names = [
      ...new Set(calls.filter(isMessage).map(({ from, name }) => `${from} ${name}`)),
    ].toSorted();
    const all = [
      ...names.flatMap(ofOneName),
      ...Array.from({ length: 8 }, (_, round) => shuffled(seed, round)),
      ...onAll,
      ...slow,
      handledAgain,
      ...again,
      ...people,
      ...nonsense,
      ...dead,
    ];
    if (mode === 'full') return all;
    const quick = all.filter(({ id }) => !slowOnes.some((part) => id.includes(part)));
    return seeded(seed, 'messages').shuffle(quick).slice(0, 12);
  },
};

/** Their waits are those of a queue. */
const slowOnes = ['/dead/', '/visibility/'];
