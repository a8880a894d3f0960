import type { Bug } from './bugs/bug.ts';
import type { Case } from './family.ts';
import { sample } from './random.ts';
import { type Stack, startStack } from './stack.ts';

/** Whether the harness saw a bug, and by what. */
export type BugResult = Readonly<{ name: string; caught: boolean; by: string; ms: number }>;

type Options = Readonly<{
  seed: number;
  /** Cases that a bug may pass before it counts as not seen. */
  tries: number;
  lanes: number;
  /** All cases of the families that play on a stack, as full mode has them. */
  cases: readonly Case[];
  /** After this time (Unix ms) no further bug is planted. */
  until: number;
  done: (result: BugResult) => void;
}>;

/** Plants each bug in turn and plays cases until one of them reports a violation. */
export async function runBugs(
  bugs: readonly Bug[],
  options: Options,
): Promise<readonly BugResult[]> {
  const waiting = [...bugs];
  const results: BugResult[] = [];
  const lane = async () => {
    for (let bug = waiting.shift(); bug && Date.now() < options.until; bug = waiting.shift()) {
      const started = Date.now();
      const by =
        bug.caughtBy.family === 'model'
          ? await seenByModel(bug, options)
          : await seenByCases(bug, options);
      const result = {
        name: bug.name,
        caught: by !== undefined,
        by: by ?? '',
        ms: Date.now() - started,
      };
      results.push(result);
      options.done(result);
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return results;
}

type ModelModule = typeof import('./model/run-model.ts');

/** The model's modules are loaded once more, with the bug in them. */
async function seenByModel({ name }: Bug, { seed }: Options): Promise<string | undefined> {
  await import('./bugs/hook.ts');
  const place = `./model/run-model.ts?bug=${name}`;
  const { runModel } = (await import(place)) as ModelModule;
  const found = await runModel({ seed, runs: 60, length: 160, shrinkMs: 0 });
  const [first] = found.violations;
  return first && `model: ${first.invariant}: ${first.text}`;
}

/** The processes of a stack load the bug, those of the harness do not. */
async function seenByCases(bug: Bug, options: Options): Promise<string | undefined> {
  const { caughtBy, name } = bug;
  if (caughtBy.family === 'model') return undefined;
  const matching = options.cases.filter(({ id, bare }) => !bare && caughtBy.ids.test(id));
  const hook = new URL('./bugs/hook.ts', import.meta.url).href;
  for (const one of sample(matching, options.tries, options.seed)) {
    const env = { ...one.stack?.env, CODY_CHAOS_BUG: name, NODE_OPTIONS: `--import=${hook}` };
    const stack = await startStack({ ...one.stack, env });
    try {
      const [first] = await played(one, stack);
      if (first) return `${one.id}: ${first.invariant}: ${first.text}`;
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
