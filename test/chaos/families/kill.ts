import { appBoundaries, type Boundary, workerBoundaries } from '../boundary.ts';
import { type CallRecord, describeCall } from '../call.ts';
import type { Case, Family, FamilyContext } from '../family.ts';
import { play } from '../play.ts';
import { createRandom, sample } from '../random.ts';
import { answer, edit, iterate, plan, type Scenario, two } from '../scenarios.ts';
import { buryCases } from './bury-cases.ts';
import { killCase, pairCase, returnCase, terminateCase, thriceCase } from './kill-cases.ts';
import { partCases } from './part-cases.ts';
import { settleCases } from './settle-cases.ts';

/** Processes that end, or stop for a while, at every step. */
export const kill: Family = { name: 'kill', cases };

/** What quick mode draws of each kind. */
const quickShare = { worker: 7, part: 3, returns: 2, terminate: 2, app: 5, pair: 1 } as const;
const fullPairs = 30;

/** The first one has every step exhaustively; the others add what is new in them. */
const played = [edit, iterate, two, plan, answer] as const;

async function cases(context: FamilyContext): Promise<readonly Case[]> {
  const known = new Set<string>();
  const lists = [];
  // All at once: each waits for its own stack.
  await Promise.all(played.map((scenario) => steadyCalls(scenario, context)));
  for (const scenario of played)
    lists.push(casesOf(scenario, await steadyCalls(scenario, context), known));
  const all = {
    worker: lists.flatMap((list) => list.worker),
    parts: lists.flatMap((list) => list.parts.alone),
    returns: lists.flatMap((list) => [...list.returns, ...list.parts.returns]),
    terminate: lists.flatMap((list) => list.terminate),
    app: [
      ...lists.flatMap((list) => list.app),
      ...(await settleCases(context, known)),
      ...(await buryCases(context, known)),
    ],
  };
  const draw = (items: readonly Case[], count: number, kind: number) =>
    context.mode === 'full' ? items : sample(items, count, context.seed * 31 + kind);
  const pairs = pairsOf(lists[0]?.steps ?? [], context);
  return [
    ...(context.mode === 'full' ? played : [edit, two]).map(undisturbed),
    ...draw(all.worker, quickShare.worker, 1),
    ...draw(all.parts, quickShare.part, 5),
    ...draw(all.returns, quickShare.returns, 2),
    ...draw(all.terminate, quickShare.terminate, 3),
    ...draw(all.app, quickShare.app, 4),
    ...pairs,
    thriceCase(edit),
  ];
}

function undisturbed(scenario: Scenario): Case {
  return {
    id: `kill/${scenario.name}/undisturbed`,
    run: async (stack) => (await play(stack, scenario)).violations,
  };
}

/** The calls of a run that another run makes as well: some depend on who comes first. Quick mode compares one scenario. */
async function steadyCalls(
  scenario: Scenario,
  { reference, mode }: FamilyContext,
): Promise<readonly CallRecord[]> {
  const [first, again] = await Promise.all([
    reference(scenario),
    ...(mode === 'full' || scenario === edit ? [reference(scenario, { name: 'once more' })] : []),
  ]);
  if (!again) return first.calls;
  const seen = new Set(again.calls.map(describeCall));
  return first.calls.filter((call) => seen.has(describeCall(call)));
}

/** What another scenario has had already is not tried again: it is the same step. */
function casesOf(scenario: Scenario, calls: readonly CallRecord[], known: Set<string>) {
  const fresh = (boundary: Boundary) => {
    const name = describeCall({ ...boundary, job: undefined });
    if (known.has(name)) return false;
    known.add(name);
    return true;
  };
  // How far a second worker comes before it is cancelled, nobody knows.
  const steps = workerBoundaries(calls)
    .filter(({ job }) => job === 1)
    .filter(fresh);
  const app = appBoundaries(calls).filter(fresh);
  const writes = steps.filter((step) => step.writes);
  const fences = steps.filter(({ name }) => name === 'GetItem job');
  return {
    steps,
    worker: steps.flatMap((step) => workerCases(scenario, step)),
    parts: partCases(scenario, calls),
    returns: [
      ...fences.map((step) => returnCase(scenario, step, 'before the check')),
      ...writes.filter(isFenced).map((step) => returnCase(scenario, step, 'after the check')),
    ],
    terminate: writes.map((step) => terminateCase(scenario, step)),
    app: app.flatMap((step) =>
      (step.writes ? (['before', 'after', 'answered'] as const) : (['answered'] as const)).map(
        (moment) => killCase(scenario, step, { moment, who: 'taken_over' }),
      ),
    ),
  };
}

function workerCases(scenario: Scenario, step: Boundary): readonly Case[] {
  const at = (moment: 'before' | 'after' | 'answered', who: 'taken_over' | 'goes_on') =>
    killCase(scenario, step, { moment, who });
  // A process that ends before it has read something is one that ended after its last step.
  if (!step.writes) return [at('answered', 'taken_over'), at('before', 'goes_on')];
  return [
    at('before', 'taken_over'),
    at('after', 'taken_over'),
    at('answered', 'taken_over'),
    at('before', 'goes_on'),
    at('after', 'goes_on'),
  ];
}

/** Writes to GitHub, and to the job or its journal. */
function isFenced({ service, name }: Boundary): boolean {
  if (service === 'github') return !name.includes('/installation/token');
  return service === 'dynamodb' && /update job|put journal/.test(name);
}

/** The second worker ends at a step that the first one had not reached: it is sure to come there. */
function pairsOf(steps: readonly Boundary[], { mode, seed }: FamilyContext): readonly Case[] {
  const writes = steps.filter((step) => step.writes);
  const random = createRandom(seed + 101);
  const all = sample(writes.slice(0, -1), fullPairs, seed + 101).map((first) => {
    const before = writes.slice(0, writes.indexOf(first) + 1);
    const later = writes.filter((step) => before.every(({ name }) => name !== step.name));
    return { first, second: later[Math.floor(random() * later.length)] };
  });
  const cases = all.flatMap(({ first, second }) => (second ? [pairCase(edit, first, second)] : []));
  return mode === 'full' ? cases : sample(cases, quickShare.pair, seed);
}
