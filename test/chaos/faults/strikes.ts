import type { Call, Interposer, Verdict } from '../call.ts';
import { pass } from '../call.ts';
import type { Fault, Play, Strike } from './fault.ts';

/** One fault at one place of a scenario. */
export type Plan = Readonly<{
  at: Pick<Call, 'from' | 'service' | 'name'>;
  /** The first call of that name that is struck, from 1, counted per job over all attempts. */
  nth: number;
  fault: Fault;
  /** How many calls are struck. */
  times: number;
  /** After the first strike it stays for no longer than this, in ms. */
  forMs?: number;
}>;

/** Strikes at work: what to install at the gate, and how often each plan has struck. */
export type Strikes = Readonly<{ interposer: Interposer; hits: () => readonly number[] }>;

type Running = {
  readonly plan: Plan;
  readonly play: Play;
  hits: number;
  since: number | undefined;
};

/** Starts the plans of one case. The first that fits a call has it. */
export function strike(plans: readonly Plan[]): Strikes {
  const running: readonly Running[] = plans.map((plan) => ({
    plan,
    play: plan.fault.begin(),
    hits: 0,
    since: undefined,
  }));
  return {
    hits: () => running.map(({ hits }) => hits),
    interposer: (call) => {
      for (const one of running) {
        const verdict = verdictOf(one, call);
        if (verdict) return verdict;
      }
      return pass;
    },
  };
}

function verdictOf(one: Running, call: Call): Verdict | undefined {
  const { plan, play } = one;
  if (call.from !== plan.at.from || call.service !== plan.at.service) return undefined;
  if (!plan.fault.meets(call)) return undefined;
  if (!isStruck(one, call)) {
    const watched = play.watch?.(call);
    return watched && toVerdict(watched);
  }
  one.hits += 1;
  one.since ??= Date.now();
  return toVerdict(play.strike(call));
}

function isStruck({ plan, hits, since }: Running, call: Call): boolean {
  const { fault, at, nth, times, forMs } = plan;
  const age = since === undefined ? 0 : Date.now() - since;
  // A fault of a service strikes all calls of a side while it lasts.
  if (fault.lastsMs !== undefined && since !== undefined) return age < fault.lastsMs;
  if (call.name !== at.name || call.nth < nth) return false;
  return hits < times && (forMs === undefined || age < forMs);
}

function toVerdict(strike: Strike): Verdict {
  return strike;
}
