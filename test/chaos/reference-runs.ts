import type { Reference } from './family.ts';
import { type Played, play } from './play.ts';
import { type Stack, startStack } from './stack.ts';

/** Makes reference runs on one stack, which is started when the first is asked for. `close` ends it. */
export function createReferenceRuns(): Readonly<{
  reference: Reference;
  close: () => Promise<void>;
}> {
  const played = new Map<string, Promise<Played>>();
  let stack: Promise<Stack> | undefined;
  // A stack plays one scenario at a time.
  let last: Promise<unknown> = Promise.resolve();
  return {
    reference: (scenario, { name, options } = { name: 'undisturbed' }) => {
      const key = `${scenario.name} ${name}`;
      const known = played.get(key);
      if (known) return known;
      const run = async () => {
        stack ??= startStack();
        const found = await play(await stack, scenario, options?.(await stack));
        const [broken] = found.violations;
        if (broken) throw new Error(`The reference run ${key} is broken: ${broken.text}`);
        return found;
      };
      const next = last.then(run, run);
      last = next;
      played.set(key, next);
      return next;
    },
    close: async () => {
      await (await stack)?.close();
    },
  };
}
