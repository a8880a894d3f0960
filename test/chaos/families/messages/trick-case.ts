import type { Case } from '../../family.ts';
import { playTricks, type Trick, type Tricks } from '../../message-tricks.ts';
import { type Place, untilQuiet } from '../../place.ts';
import { play } from '../../play.ts';
import { type Scenario, scenarios } from '../../scenarios.ts';
import type { Stack } from '../../stack.ts';

const { edit } = scenarios;

export type Ending = Readonly<{
  /** After everything came to its end for the first time. */
  afterwards?: (stack: Stack, place: Place, tricks: Tricks) => Promise<void>;
  scenario?: Scenario;
  /** A trick that nobody met fails the case. */
  mayMiss?: true;
}>;

/** A case that plays a trick on messages. */
export function trickCase(id: string, makeTrick: () => Trick, options: Ending = {}): Case {
  const { afterwards, scenario = edit, mayMiss } = options;
  return {
    id: `messages/${id}`.replaceAll(' ', '_'),
    run: async (stack) => {
      const tricks = playTricks(stack, makeTrick());
      const during = async (stack: Stack, place: Place) => {
        await quiet(stack, place, { tricks, scenario });
        if (!afterwards) return;
        await afterwards(stack, place, tricks);
        await quiet(stack, place, { tricks, scenario });
      };
      const { interposer } = tricks;
      const { violations } = await play(stack, scenario, { interposer, during });
      if (tricks.played() === 0 && !mayMiss) throw new Error('The trick was never played');
      return violations;
    },
  };
}

type Quiet = Readonly<{ tricks: Tricks; scenario: Scenario }>;

/** Waits until no message is held back and nothing is under way. */
async function quiet(stack: Stack, place: Place, { tricks, scenario }: Quiet): Promise<void> {
  for (let round = 1; round <= 4; round += 1) {
    const before = tricks.played();
    await untilQuiet(stack, place, { timeoutMs: 60_000, asked: scenario.requests });
    await tricks.delivered();
    if (tricks.played() === before) return;
  }
}
