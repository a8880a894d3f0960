import * as fc from 'fast-check';
import { anyHappening, type Tally } from './commands.ts';
import { judgeEnd, quiesce } from './quiesce.ts';
import type { Violation } from '../invariants.ts';
import { createWorld, type World } from './world.ts';

/** What one case came to: how many commands were run, and what was violated by the smallest run that was found. */
export type ModelResult = Readonly<{
  commands: number;
  effects: number;
  /** Runs that were played: all, or those up to the one that violates something. */
  runs: number;
  violations: readonly Violation[];
  /** The smallest run that violates something, and how fast-check plays it again. */
  counterexample?: string;
}>;

export type ModelCase = Readonly<{
  seed: number;
  runs: number;
  /** Commands of a run at the most. */
  length: number;
  /** Whether a failing run is made smaller; at most this long, in ms. */
  shrinkMs?: number;
}>;

class Violated extends Error {}

/** Plays one case: so many random runs, each brought to quiet and judged. A pure function of the case. */
export async function runModel(given: ModelCase): Promise<ModelResult> {
  const tally: Tally & { effects: number } = { commands: 0, effects: 0 };
  let last: readonly Violation[] = [];
  const property = fc.asyncProperty(
    fc.commands([anyHappening], { size: 'max', maxCommands: given.length }),
    async (commands) => {
      const world = createWorld();
      await play(world, tally, commands);
      tally.effects += world.effects();
      const { violations } = world.reference;
      if (violations.length === 0) return;
      last = violations;
      throw new Violated(
        violations.map(({ invariant, text }) => `${invariant}: ${text}`).join('; '),
      );
    },
  );
  const details = await fc.check(property, {
    seed: given.seed,
    numRuns: given.runs,
    ...(given.shrinkMs ? { interruptAfterTimeLimit: given.shrinkMs } : { endOnFailure: true }),
  });
  const { commands, effects } = tally;
  const runs = details.numRuns;
  if (!details.failed || last.length === 0) {
    const cut = details.failed && !details.interrupted ? [unforeseen(details)] : [];
    return { commands, effects, runs, violations: cut };
  }
  const counterexample = `${JSON.stringify(details.counterexample?.map(String))}\npath: ${details.counterexamplePath ?? ''}`;
  return { commands, effects, runs, violations: last, counterexample };
}

function unforeseen({ errorInstance }: Readonly<{ errorInstance: unknown }>): Violation {
  return { invariant: 'bounded', text: String(errorInstance) };
}

async function play(
  world: World,
  tally: Tally,
  commands: Iterable<fc.AsyncCommand<Tally, World>>,
): Promise<void> {
  await fc.asyncModelRun(() => ({ model: tally, real: world }), commands);
  if (world.reference.violations.length === 0) await quiesce(world);
  if (world.reference.violations.length === 0) await judgeEnd(world);
}
