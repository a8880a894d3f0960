import type { Reference } from './family.ts';
import { type Played, play } from './play.ts';
import { type Stack, startStack } from './stack.ts';

/** One stack, which plays one scenario at a time. */
type Lane = { stack: Promise<Stack> | undefined; last: Promise<unknown>; waiting: number };

/** Makes reference runs on stacks that are started when they are needed, as many as named. `close` ends them. */
export function createReferenceRuns(stacks: number): Readonly<{
  reference: Reference;
  close: () => Promise<void>;
}> {
  const played = new Map<string, Promise<Played>>();
  const lanes = Array.from({ length: stacks }, (): Lane => ({
    stack: undefined,
    last: Promise.resolve(),
    waiting: 0,
  }));
  return {
    reference: (scenario, { name, options } = { name: 'undisturbed' }) => {
      const key = `${scenario.name} ${name}`;
      const known = played.get(key);
      if (known) return known;
      const [lane] = lanes.toSorted((a, b) => a.waiting - b.waiting);
      if (!lane) throw new Error('There is no stack for reference runs');
      const next = inLane(lane, async (stack) => {
        const found = await play(stack, scenario, options?.(stack));
        const [broken] = found.violations;
        if (broken) throw new Error(`The reference run ${key} is broken: ${broken.text}`);
        return found;
      });
      played.set(key, next);
      return next;
    },
    close: async () => {
      await Promise.all(lanes.map(async ({ stack }) => (await stack)?.close()));
    },
  };
}

function inLane(lane: Lane, run: (stack: Stack) => Promise<Played>): Promise<Played> {
  const turn = async () => {
    lane.stack ??= startStack();
    return run(await lane.stack).finally(() => {
      lane.waiting -= 1;
    });
  };
  lane.waiting += 1;
  const next = lane.last.then(turn, turn);
  lane.last = next;
  return next;
}
