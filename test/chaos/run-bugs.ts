import { bugEnv } from './bugs/bug-env.ts';
import type { Bug } from './bugs/bug.ts';
import type { Case } from './family.ts';
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

/** What holds without a bug. */
type Baseline = Readonly<{
  holds: (one: Case) => Promise<boolean>;
  /** Whether the model violates nothing under a seed. */
  modelHolds: (seed: number) => Promise<boolean>;
}>;

const modelRuns = { runs: 60, length: 160, shrinkMs: 0 } as const;

function createBaseline({ sound }: Options): Baseline {
  const known = new Map<string, Promise<boolean>>();
  const knownSeeds = new Map<number, Promise<boolean>>();
  return {
    holds: async (one) => {
      if (sound.has(one.id)) return true;
      const before = known.get(one.id) ?? holdsAlone(one);
      known.set(one.id, before);
      return before;
    },
    modelHolds: (seed) => {
      const before = knownSeeds.get(seed) ?? holdsInModel(seed);
      knownSeeds.set(seed, before);
      return before;
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

async function holdsInModel(seed: number): Promise<boolean> {
  return (await playModel({ ...modelRuns, seed })).violations.length === 0;
}

async function seen(bug: Bug, options: Options, baseline: Baseline): Promise<string | undefined> {
  return isOfModel(bug) ? seenByModel(bug, options, baseline) : seenByCases(bug, options, baseline);
}

async function seenByModel(
  { name }: Bug,
  options: Options,
  baseline: Baseline,
): Promise<string | undefined> {
  const seeds = Array.from({ length: options.tries }, (_, index) => options.seed * 1_000 + index);
  for (const seed of seeds) {
    if (Date.now() > options.until) break;
    const [first] = (await playModel({ ...modelRuns, seed }, name)).violations;
    if (first && (await baseline.modelHolds(seed)))
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
