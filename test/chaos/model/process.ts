import { setImmediate as drained } from 'node:timers/promises';

/** What becomes of an effect: done; done but the answer lost; not done; or the process dies before or after it. */
export type Verdict = 'pass' | 'lost' | 'refused' | 'dies_before' | 'dies_after';

type Parked = Readonly<{ name: string; go: (verdict: Verdict) => void }>;

/** A handler or worker that runs: it stands still before each of its effects until somebody lets it go on. */
export type Process = {
  readonly id: number;
  readonly name: string;
  parked: Parked[];
  state: 'runs' | 'done' | 'failed' | 'dead';
  error: unknown;
  /** Frozen: it keeps what it knows and does nothing. */
  frozen: boolean;
  /** Something it did was refused, or its answer was lost. */
  faulted: boolean;
};

/** Thrown by an effect that did not happen, or whose answer was lost, when its port names no error of its own. */
export class Unreachable extends Error {}

/** Runs a process to its first effect. */
export async function startProcess(
  given: Readonly<{ id: number; name: string }>,
  body: (self: Process) => Promise<void>,
): Promise<Process> {
  const self: Process = {
    ...given,
    parked: [],
    state: 'runs',
    error: undefined,
    frozen: false,
    faulted: false,
  };
  const ended = (state: 'done' | 'failed', error?: unknown) => {
    if (self.state === 'runs') self.state = state;
    self.error = error;
  };
  void body(self).then(
    () => ended('done'),
    (error: unknown) => ended('failed', error),
  );
  await settle(self);
  return self;
}

/** One effect of a process, at the mercy of whoever steps it. A dead process never hears of it. */
export async function effect<T>(
  self: Process,
  { name, act, failure }: Readonly<{ name: string; act: () => Promise<T>; failure?: () => Error }>,
): Promise<T> {
  const never = () => new Promise<T>(() => undefined);
  if (self.state === 'dead') return never();
  const verdict = await new Promise<Verdict>((go) => {
    self.parked.push({ name, go });
  });
  if (verdict === 'dies_before') {
    self.state = 'dead';
    return never();
  }
  if (verdict === 'refused') throw failure?.() ?? new Unreachable(name);
  const answer = await act();
  if (verdict === 'dies_after') {
    self.state = 'dead';
    return never();
  }
  if (verdict === 'lost') throw failure?.() ?? new Unreachable(name);
  return answer;
}

/** Lets a process do up to `steps` effects, the first of them with this verdict. Returns how many it did. */
export async function step(
  self: Process,
  steps: number,
  first: Verdict = 'pass',
): Promise<readonly string[]> {
  const done: string[] = [];
  while (done.length < steps && !self.frozen && self.state === 'runs') {
    // What it does at the same moment comes in one order in some processes, and in the other in others.
    const next = self.id % 2 === 0 ? self.parked.shift() : self.parked.pop();
    if (!next) break;
    if (done.length === 0 && first !== 'pass') self.faulted = true;
    next.go(done.length === 0 ? first : 'pass');
    done.push(next.name);
    await settle(self);
  }
  return done;
}

/** Kills a process where it stands. */
export function kill(self: Process): void {
  if (self.state === 'runs') self.state = 'dead';
  self.parked = [];
}

const longestMs = 5_000;

/** Waits until the process stands before an effect again, or has ended. Throws when it does neither. */
async function settle(self: Process): Promise<void> {
  const from = Date.now();
  // Once more after the first one parks: its siblings of the same moment park in the same round.
  for (let round = 0; round < 2 || isBusy(self); round += 1) {
    await drained();
    if (Date.now() - from > longestMs) throw new Error(`${self.name} neither goes on nor ends`);
  }
}

function isBusy(self: Process): boolean {
  return self.state === 'runs' && self.parked.length === 0;
}
