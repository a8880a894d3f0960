import { maxAttempts, terminalStates } from '../../../core/job-state.ts';
import { isRare } from '../boundary.ts';
import type { CallRecord } from '../call.ts';
import { type Case, type Family, type FamilyContext, Missed, type Mode } from '../family.ts';
import type { Fault } from '../faults/fault.ts';
import { faultsOf } from '../faults/faults.ts';
import { type Plan, strike } from '../faults/strikes.ts';
import type { Violation } from '../invariants.ts';
import { type Played, play } from '../play.ts';
import { type Scenario, scenarios } from '../scenarios.ts';
import { seeded, type Seeded } from '../seeded.ts';
import type { Stack } from '../stack.ts';

/** A call that is struck, with how often the reference run made it. */
type Place = Readonly<{ scenario: Scenario; call: CallRecord; count: number }>;

/** Which call of its name is struck, and for how long the fault stays. */
const manners = ['first', 'later', 'twice', 'stays'] as const;
type Manner = (typeof manners)[number];

type Planned = Readonly<{
  scenario: Scenario;
  manner: Manner;
  plans: readonly Plan[];
}>;

/** The App is a service for all: what is down there comes back, and then everything has to be told. */
const outageMs = 4_000;

/** No fault makes the product ask more often than this before it gives up. */
const mostStrikes = 60;

/** So many calls of one run meet a fault that passes: that tries pairs as well, and costs little more than one. */
const together = 6;

/** How many of each manner are played: all of them would take a day. */
const shares: Readonly<Record<Mode, Readonly<Record<Manner | 'slow', number>>>> = {
  full: { first: 100_000, later: 60, twice: 60, stays: 32, slow: 10 },
  quick: { first: 30, later: 12, twice: 12, stays: 2, slow: 0 },
};

/** Every distinct call of the scenarios with every fault that can happen to it. */
export const callFaults: Family = {
  name: 'call_faults',
  cases: async (context) => {
    const places = await distinctCalls(context);
    const random = (purpose: string) => seeded(context.seed, `call faults ${purpose}`);
    const share = shares[context.mode];
    return manners.flatMap((manner) => {
      const planned = places.flatMap((place) => plansOf(place, manner, random(manner)));
      const quick = spread(
        planned.filter((one) => !isSlow(one)),
        share[manner],
        random(`${manner} sample`),
      );
      const slow = manner === 'first' ? planned.filter(isSlow) : [];
      const alone = [
        ...quick.filter((one) => !isCompanion(one)),
        ...spread(slow, share.slow, random('slow sample')),
      ];
      return [
        ...teams(quick.filter(isCompanion), random(`${manner} teams`)).map(toTeam),
        ...alone.map(toCase),
      ];
    });
  },
};

/** One that a run can have beside others: it is over soon, and strikes no other call. */
function isCompanion({ manner, plans }: Planned): boolean {
  return (
    manner !== 'stays' &&
    plans.every(({ fault }) => fault.kind === 'passing' && fault.lastsMs === undefined) &&
    !plans.some(({ fault }) => fault.slow)
  );
}

/** Teams of different calls of one scenario, so that every one is in a team. */
function teams(all: readonly Planned[], random: Seeded): readonly (readonly Planned[])[] {
  const made: Planned[][] = [];
  for (const one of random.shuffle(all)) {
    const fits = (team: readonly Planned[]) =>
      team.length < together &&
      team.every((other) => other.scenario === one.scenario && nameIn(other) !== nameIn(one));
    const team = made.find(fits);
    if (team) team.push(one);
    else made.push([one]);
  }
  return made;
}

function nameIn({ plans }: Planned): string {
  return plans.map(({ at }) => `${at.from} ${at.service} ${at.name}`).join();
}

/** Its id counts: the list of a seed is always the same. */
function toTeam(team: readonly Planned[], index: number): Case {
  const [first] = team;
  if (!first || team.length === 1) return toCase(first ?? never());
  const { scenario, manner } = first;
  const plans = team.flatMap((one) => one.plans);
  const id = `faults/${scenario.name}/${manner}/team-${index + 1}`;
  const whole: Planned = { scenario, manner, plans };
  return { id, run: (stack) => run(stack, whole), parts: team.map(toCase) };
}

function never(): never {
  throw new Error('A team of nobody');
}

/** The calls that two reference runs have in common, each name once. */
async function distinctCalls(context: FamilyContext): Promise<readonly Place[]> {
  const places = new Map<string, Place>();
  const wanted = context.mode === 'full' ? Object.values(scenarios) : [scenarios.edit];
  for (const scenario of wanted) {
    const first = callsOf(scenario, await context.reference(scenario));
    const second = callsOf(scenario, await context.reference(scenario, { name: 'once more' }));
    for (const [key, place] of first) {
      const again = second.get(key);
      if (!again || places.has(key)) continue;
      // Heartbeats and sweeps come more often on a slow machine: half of them are there for sure.
      const least = Math.ceil(Math.min(place.count, again.count) / 2);
      places.set(key, { ...place, count: least });
    }
  }
  return [...places.values()].toSorted((a, b) => keyOf(a.call).localeCompare(keyOf(b.call)));
}

function callsOf(scenario: Scenario, { calls }: Played): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const call of calls) {
    // What polls for the App is AWS.
    if (call.from === 'app' && (call.attempt === 0 || isRare(call))) continue;
    const count = (places.get(keyOf(call))?.count ?? 0) + 1;
    const seen = places.get(keyOf(call))?.call ?? call;
    places.set(keyOf(call), { scenario, call: seen, count });
  }
  return places;
}

function keyOf({ from, service, name }: CallRecord): string {
  return `${from} ${service} ${name}`;
}

function plansOf({ scenario, call, count }: Place, manner: Manner, random: Seeded): Planned[] {
  const at = { from: call.from, service: call.service, name: call.name };
  return faultsOf(call).flatMap((fault): Planned[] => {
    const plan = { at, nth: 1, fault, times: 1 };
    const planned = (plan: Plan): Planned[] => [{ scenario, manner, plans: [plan] }];
    switch (manner) {
      case 'first':
        return planned(plan);
      case 'later':
        return count < 2 ? [] : planned({ ...plan, nth: 2 + random.below(count - 1) });
      case 'twice':
        return fault.kind === 'passing' ? planned({ ...plan, times: 2 }) : [];
      case 'stays':
        return planned({
          ...plan,
          times: Number.POSITIVE_INFINITY,
          ...(call.from === 'app' ? { forMs: outageMs } : {}),
        });
    }
  });
}

function isSlow({ plans }: Planned): boolean {
  return plans.some(({ fault }) => fault.slow);
}

/** So many of them, in turn from each side and service, so that none is left out. */
function spread(all: readonly Planned[], most: number, random: Seeded): readonly Planned[] {
  if (all.length <= most) return all;
  const groups = [
    ...Map.groupBy(random.shuffle(all), ({ plans: [plan] }) => groupOf(plan)).values(),
  ];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  const inTurn = Array.from({ length: longest }, (_, row) =>
    groups.flatMap((group) => group[row] ?? []),
  );
  return inTurn.flat().slice(0, most);
}

function groupOf(plan: Plan | undefined): string {
  return `${plan?.at.from} ${plan?.at.service}`;
}

function toCase(planned: Planned): Case {
  const { scenario, manner, plans } = planned;
  const words = plans.map(({ at, fault, nth }) =>
    [at.from, at.service, at.name, fault.name, ...(nth > 1 ? [`#${nth}`] : [])].join('|'),
  );
  return {
    id: `faults/${scenario.name}/${manner}/${words.join('&')}`.replaceAll(' ', '_'),
    run: (stack) => run(stack, planned),
    ...(manner === 'stays' || isSlow(planned) ? { long: true } : {}),
  };
}

async function run(stack: Stack, planned: Planned): Promise<readonly Violation[]> {
  const { scenario, plans } = planned;
  const strikes = strike(plans);
  const refused = isRefusedToApp(planned);
  const played = await play(
    stack,
    {
      ...scenario,
      ends: refused ? [] : endsOf(planned),
      requests: refused ? scenario.requests - 1 : scenario.requests,
    },
    { interposer: strikes.interposer, timeoutMs: patienceMs(planned) },
  );
  const violations = [
    ...(refused ? played.violations.filter(standsAnyway) : played.violations),
    ...(isTeam(planned) ? endedEarly(scenario, played) : []),
  ];
  const hits = strikes.hits();
  const found = [...violations, ...spinning(hits)];
  if (found.length > 0) return found;
  const idsOf = (some: readonly Plan[]) =>
    some.map((plan) => toCase({ ...planned, plans: [plan] }).id);
  const missed = plans.filter((_, index) => hits[index] === 0);
  if (missed.length > 0) throw new Missed(idsOf(missed));
  if (isTeam(planned) && !endedAsMeant(scenario, played))
    throw new Missed(idsOf(plans), 'Used up its attempts');
  return [];
}

function isTeam({ plans }: Planned): boolean {
  return plans.length > 1;
}

/** Several faults, each of which passes, may use up the attempts of a job together: then each has to be played alone. */
function endedAsMeant({ ends }: Scenario, { facts }: Played): boolean {
  const jobs = facts.requests.at(-1)?.jobs ?? [];
  return ends.every((allowed, index) => allowed.includes(jobs[index]?.state ?? ''));
}

/** The end of a job in a team that had no attempt left is none of the team's faults'. */
function endedEarly({ ends }: Scenario, { facts }: Played): readonly Violation[] {
  const jobs = facts.requests.at(-1)?.jobs ?? [];
  return jobs.flatMap(({ id, state, attempt, cause }, index) =>
    attempt >= maxAttempts || (ends[index] ?? [state]).includes(state)
      ? []
      : [
          {
            invariant: 1 as const,
            text: `job ${id} ended as ${state} (${cause?.code}) in attempt ${attempt} of ${maxAttempts}`,
          },
        ],
  );
}

/** What stays is tried for as long as a patch waits for its publication. */
function patienceMs(planned: Planned): number {
  if (isSlow(planned)) return 150_000;
  return planned.manner === 'stays' ? 100_000 : 60_000;
}

function spinning(hits: readonly number[]): readonly Violation[] {
  return hits
    .filter((count) => count > mostStrikes)
    .map((count) => ({ invariant: 7, text: `struck ${count} times: it spins` }));
}

/**
 * GitHub's last word to the App may be that it takes no command from there, or no comment: then there is no request, or
 * nobody can be told. Everything else holds all the same.
 */
function isRefusedToApp({ plans }: Planned): boolean {
  return plans.some(
    ({ at, fault }) => at.from === 'app' && at.service === 'github' && fault.kind === 'final',
  );
}

const untold =
  /requests were recorded, not|has 0 (status|closing) comments|the status comment does not/;

function standsAnyway({ text }: Violation): boolean {
  return !untold.test(text);
}

/** A fault that passes must not change how a job ends; the last word of a service may. */
function endsOf(planned: Planned): Scenario['ends'] {
  const { scenario, manner, plans } = planned;
  const same = manner !== 'stays' && plans.every(({ fault }) => isPassing(fault));
  if (same && !isTeam(planned)) return scenario.ends;
  const outage = plans.every(({ at, fault }) => at.from === 'app' && isPassing(fault));
  return outage ? scenario.ends : scenario.ends.map(() => terminalStates);
}

function isPassing({ kind }: Fault): boolean {
  return kind === 'passing';
}
