import type { Case } from '../../family.ts';
import { taken, type Trick, underNewGuid } from '../../message-tricks.ts';
import { seeded } from '../../seeded.ts';
import { isHint } from './hints.ts';
import { trickCase } from './trick-case.ts';

/* Messages that come more than once, late, in another order, or never. */

/** All that may happen to the messages of one name. */
export function ofOneName(name: string): readonly Case[] {
  const only =
    (trick: Trick): (() => Trick) =>
    () => {
      let done = false;
      return (call, post) => {
        if (done || `${call.from} ${call.name}` !== name) return undefined;
        done = true;
        return trick(call, post);
      };
    };
  const isWebhook = !isHint({ name }) && !name.endsWith('prompts_check');
  return [
    trickCase(`twice/${name}`, only(more([0]))),
    trickCase(`thrice, late/${name}`, only(more([700, 3_000]))),
    trickCase(
      `late/${name}`,
      only((call, post) => {
        post(call.request, 3_000);
        return taken(call);
      }),
    ),
    ...(isHint({ name }) ? [trickCase(`dropped/${name}`, only(taken))] : []),
    ...(isWebhook
      ? [
          trickCase(
            `new GUID/${name}`,
            only(({ request }, post) => {
              post(underNewGuid(request), 0);
              post(underNewGuid(request), 2_000);
              return { type: 'delay', ms: 0 };
            }),
          ),
        ]
      : []),
  ];
}

/** The message comes again after each of the waits, in ms. */
function more(waits: readonly number[]): Trick {
  return ({ request }, post) => {
    for (const wait of waits) post(request, wait);
    // As it would pass, but counted as a trick.
    return { type: 'delay', ms: 0 };
  };
}

/** Every message is held for a while of its own, and some come twice. */
export function shuffled(seed: number, round: number): Case {
  return trickCase(`shuffled/${round}`, () => {
    const random = seeded(seed, `shuffled ${round}`);
    return (call, post) => {
      post(call.request, random.below(2_500));
      if (random.below(10) < 4) post(call.request, random.below(4_000));
      return taken(call);
    };
  });
}

/** What happens to many names at once. */
export const onAll: readonly Case[] = [
  // The sweep itself sends messages: some of them have to come.
  trickCase(
    'dropped/the first three of every hint',
    () => (call) => (isHint(call) && call.nth <= 3 ? taken(call) : undefined),
  ),
  trickCase('twice/everything', () => ({ request }, post) => {
    post(request, 0);
    return { type: 'delay', ms: 0 };
  }),
  trickCase(
    'dropped/every hint of the worker',
    () => (call) => (call.from === 'worker' && isHint(call) ? taken(call) : undefined),
  ),
];
