import { bugEnv } from './bugs/bug-env.ts';
import type { Bug } from './bugs/bug.ts';
import type { Case } from './family.ts';
import { modelRuns } from './families/model.ts';
import { playModel } from './play-model.ts';
import { sample } from './random.ts';
import { type Stack, startStack } from './stack.ts';

/** Whether the harness saw a bug, and by what. */
export type BugResult = Readonly<{ name: string; caught: boolean; by: string; ms: number }>;

type Options = Readonly<{
  seed: number;
  /** Cases that a bug may pass before it counts as not seen. */
  tries: number;
  /** All cases of the families that play on a stack, as full mode has them. */
  cases: readonly Case[];
  /** Ids of the cases that have held until now, without any bug. */
  sound: ReadonlySet<string>;
  /** After this time (Unix ms) no further bug is planted. */
  until: number;
  done: (result: BugResult) => void;
}>;

/**
 * Plants each bug in turn and plays cases until one of them reports a violation, or time is up. A case counts only if it
 * holds without the bug.
 */
export async function runBugs(
  bugs: readonly Bug[],
  options: Options,
): Promise<readonly BugResult[]> {
  const results: BugResult[] = [];
  const baseline = createBaseline(options);
  const plant = async (bug: Bug) => {
    const started = Date.now();
    const by = await seen(bug, options, baseline);
    const { name } = bug;
    const result = { name, caught: by !== undefined, by: by ?? '', ms: Date.now() - started };
    results.push(result);
    options.done(result);
  };
  for (const bug of bugs) if (Date.now() < options.until) await plant(bug);
  return results;
}

/** Whether a bug is looked for in random runs on a virtual clock, without a stack. */
export function isOfModel({ caughtBy }: Bug): boolean {
  return caughtBy.family === 'model';
}

/** Cases of the model that a bug may pass. */
const modelTries = 12;

/** What holds without a bug. */
type Baseline = Readonly<{
  holds: (one: Case) => Promise<boolean>;
  /** Whether so many runs of a case of the model violate nothing. */
  modelHolds: (number: number, runs: number) => Promise<boolean>;
}>;

function createBaseline({ seed, sound }: Options): Baseline {
  const known = new Map<string, Promise<boolean>>();
  /** By the numbers of cases: so many of its runs hold. */
  const held = new Map<number, number>();
  return {
    holds: async (one) => {
      if (sound.has(one.id)) return true;
      const before = known.get(one.id) ?? holdsAlone(one);
      known.set(one.id, before);
      return before;
    },
    modelHolds: async (number, runs) => {
      if (sound.has(`model/${number}`) || (held.get(number) ?? 0) >= runs) return true;
      const { violations } = await playModel({ ...modelRuns(number, seed), runs });
      if (violations.length > 0) return false;
      held.set(number, runs);
      return true;
    },
  };
}

async function holdsAlone(one: Case): Promise<boolean> {
  const stack = await startStack(one.stack);
  try {
    return (await one.run(stack)).length === 0;
  } catch {
    return false;
  } finally {
    await stack.close();
  }
}

async function seen(bug: Bug, options: Options, baseline: Baseline): Promise<string | undefined> {
  return isOfModel(bug) ? seenByModel(bug, options, baseline) : seenByCases(bug, options, baseline);
}

/** The first cases of the model: most bugs are seen in the first of them. */
async function seenByModel(
  { name }: Bug,
  { seed, until }: Options,
  baseline: Baseline,
): Promise<string | undefined> {
  for (let number = 1; number <= modelTries; number += 1) {
    if (Date.now() > until) break;
    const { runs, violations } = await playModel(modelRuns(number, seed), name);
    const [first] = violations;
    if (first && (await baseline.modelHolds(number, runs)))
      return `model: ${first.invariant}: ${first.text}`;
  }
  return undefined;
}

/** The processes of a stack load the bug, those of the harness do not. */
async function seenByCases(
  { caughtBy, name }: Bug,
  options: Options,
  baseline: Baseline,
): Promise<string | undefined> {
  if (caughtBy.family === 'model') return undefined;
  const matching = options.cases.filter(({ id, bare }) => !bare && caughtBy.ids.test(id));
  if (matching.length === 0) throw new Error(`No case is there to catch ${name}`);
  for (const one of sample(matching, options.tries, options.seed)) {
    if (Date.now() > options.until) break;
    const stack = await startStack({ ...one.stack, env: { ...one.stack?.env, ...bugEnv(name) } });
    try {
      const [first] = await played(one, stack);
      if (first && (await baseline.holds(one)))
        return `${one.id}: ${first.invariant}: ${first.text}`;
    } finally {
      await stack.close();
    }
  }
  return undefined;
}

/** A case that could not be played because of the bug has not seen what is wrong. */
async function played(one: Case, stack: Stack) {
  try {
    return await one.run(stack);
  } catch {
    // The step that it waits for may be the one that the bug leaves out.
    return [];
  }
}
