import { type Call, type Interposer, pass, type Verdict } from './call.ts';
import { faultsOf } from './faults/faults.ts';
import { isMessage } from './message-tricks.ts';
import { seeded } from './seeded.ts';

/** Trouble without an end: what struck, by service, and how many workers were killed. */
export type Trouble = Readonly<{
  interposer: Interposer;
  struck: () => Readonly<Record<string, number>>;
  killed: () => number;
  calls: () => number;
  /** Messages that were sent, by what they say. */
  messages: () => Readonly<Record<string, number>>;
}>;

/** One call in a hundred meets a fault that passes, and one worker's call in 3,000 is its last one. */
const oneIn = { fault: 100, kill: 3_000 };

/** Makes trouble for every call, by the seed. */
export function makeTrouble(seed: number): Trouble {
  const random = seeded(seed, 'soak');
  const struck = new Map<string, number>();
  const messages = new Map<string, number>();
  let killed = 0;
  let calls = 0;
  return {
    calls: () => calls,
    messages: () => Object.fromEntries([...messages].toSorted(([a], [b]) => a.localeCompare(b))),
    killed: () => killed,
    struck: () => Object.fromEntries([...struck].toSorted(([a], [b]) => a.localeCompare(b))),
    interposer: (call): Verdict => {
      // What polls for the App is AWS.
      if (call.attempt === 0) return pass;
      calls += 1;
      if (isMessage(call)) {
        const what = call.name.split(' ').at(-1) ?? '';
        messages.set(what, (messages.get(what) ?? 0) + 1);
      }
      if (call.from === 'worker' && random.below(oneIn.kill) === 0) {
        killed += 1;
        return { type: 'before', act: kill };
      }
      if (random.below(oneIn.fault) > 0) return pass;
      const faults = faultsOf(call).filter(
        ({ kind, slow, lastsMs }) => kind === 'passing' && !slow && lastsMs === undefined,
      );
      if (faults.length === 0) return pass;
      struck.set(call.service, (struck.get(call.service) ?? 0) + 1);
      return random.pick(faults).begin().strike(call);
    },
  };
}

function kill({ caller }: Call): void {
  caller.signal('SIGKILL');
}
