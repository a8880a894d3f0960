import { parseArgs } from 'node:util';
import type { Case, Family, Mode, Reference } from './family.ts';
import { sample } from './random.ts';
import { families } from './registry.ts';
import { createReferenceRuns } from './reference-runs.ts';
import { type CaseResult, runCases } from './run-cases.ts';
import { soak } from './soak.ts';
import { bugs } from './bugs/bugs.ts';
import { modelBugs } from './bugs/model-bugs.ts';
import { stackBugs } from './bugs/stack-bugs.ts';
import { type BugResult, isOfModel, runBugs } from './run-bugs.ts';

/*
 * npm run chaos: breaks the product in every way that is known, and looks from the outside whether anything was lost
 * or happened twice.
 */

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    case: { type: 'string' },
    /** Cases, and parts of such, whose id matches this expression. */
    match: { type: 'string' },
    bug: { type: 'string' },
    soak: { type: 'boolean', default: false },
    /** Of a soak. */
    requests: { type: 'string', default: '500' },
    installations: { type: 'string', default: '20' },
    list: { type: 'boolean', default: false },
    /** Stacks side by side. */
    lanes: { type: 'string', default: '4' },
    /** So many cases of each family, drawn by the seed. */
    sample: { type: 'string' },
  },
});

const mode: Mode = values.quick ? 'quick' : 'full';
const seed = Number(values.seed);
const started = Date.now();
/** Nothing is begun later. What is chosen takes less: a case that did not fit is a failure. */
const until = started + (mode === 'quick' ? 285_000 : 3_500_000);
const lanes = Number(values.lanes);
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** `faults` is short for the family of calls, on the command line and in ids. A case alone needs its own family only. */
const wanted = values.only ?? values.case?.split('/')[0];
const chosen = families.filter(
  ({ name }) => wanted === undefined || name === (wanted === 'faults' ? 'call_faults' : wanted),
);

/** All bugs, one of them, or some in quick mode; none when only something else is asked for. */
function chosenBugs() {
  if (values.bug !== undefined) return bugs.filter(({ name }) => name === values.bug);
  if ((values.case ?? values.match ?? values.sample) !== undefined) return [];
  if (values.only !== undefined && values.only !== 'bugs') return [];
  if (mode === 'full') return bugs;
  return [...sample(stackBugs, 2, seed), ...sample(modelBugs, 8, seed)];
}

async function listOf(family: Family, reference: Reference): Promise<readonly Case[]> {
  // One case alone may be one that quick mode leaves out.
  const context = {
    mode: (values.case ?? values.match) === undefined ? mode : ('full' as const),
    seed,
    reference,
  };
  const cases = await family.cases(context);
  const { case: only, match } = values;
  if (only === undefined && match === undefined) return cases;
  const wanted = (id: string) => (match === undefined ? id === only : new RegExp(match).test(id));
  return cases.flatMap((one) => [one, ...(one.parts ?? [])]).filter(({ id }) => wanted(id));
}

async function main(): Promise<number> {
  if (values.soak) {
    const [requests, installations] = [Number(values.requests), Number(values.installations)];
    return soak({ requests, installations, seed, say });
  }
  const planted = values.list ? [] : chosenBugs();
  const sound = new Set<string>();
  const hunt = { seed, tries: 4, sound, until, done: tellBug };
  // A virtual clock never waits: it uses what the stacks, which wait most of the time, leave of the machine.
  const inModel = runBugs(planted.filter(isOfModel), { ...hunt, cases: [] });
  const { lists, forBugs } = await listAll(planted);
  if (values.list) {
    for (const { id } of [...lists.values()].flat()) say(id);
    return 0;
  }
  const onStacks = inModel.then(async (caught) => [
    ...caught,
    ...(await runBugs(
      planted.filter((bug) => !isOfModel(bug)),
      { ...hunt, cases: forBugs },
    )),
  ]);
  const done = (result: CaseResult) => {
    if (holds(result) && !result.unreached) sound.add(result.id);
    tell(result);
  };
  const cases = runCases([...lists.values()].flat(), { lanes, casesPerStack: 60, until, done });
  const [results, caught] = await Promise.all([cases, onStacks]);
  return report(lists, results, { planted: planted.length, caught });
}

type Lists = ReadonlyMap<Family, readonly Case[]>;

/** What is played, and what the bugs are looked for with: both come from the same reference runs. */
async function listAll(
  planted: typeof bugs,
): Promise<Readonly<{ lists: Lists; forBugs: readonly Case[] }>> {
  const { reference, close } = createReferenceRuns(Math.min(lanes, 3));
  try {
    const lists = await listFamilies(reference);
    const forBugs = await casesFor(planted, reference);
    spent.set('reference runs', Date.now() - started);
    return { lists, forBugs };
  } finally {
    await close();
  }
}

async function listFamilies(reference: Reference): Promise<Lists> {
  if (values.bug !== undefined || values.only === 'bugs') return new Map();
  const lists = chosen.map(async (family) => {
    const list = await listOf(family, reference);
    const count = values.sample === undefined ? list.length : Number(values.sample);
    return [family, sample(list, count, seed)] as const;
  });
  return new Map(await Promise.all(lists));
}

/** What the bugs that need a stack are looked for with: the cases of full mode. */
async function casesFor(planted: typeof bugs, reference: Reference): Promise<readonly Case[]> {
  const needed = new Set(planted.map(({ caughtBy }) => caughtBy.family));
  const cases: Case[] = [];
  for (const family of families)
    if (family.name !== 'model' && needed.has(family.name))
      cases.push(...(await family.cases({ mode: 'full', seed, reference })));
  return cases;
}

/** How long (ms) each kind has kept a lane. */
const spent = new Map<string, number>();

function spend(kind: string, ms: number): void {
  spent.set(kind, (spent.get(kind) ?? 0) + ms);
}

function tellBug({ name, caught, by, ms }: BugResult): void {
  spend('bugs', ms);
  if (!caught) say(`NOT CAUGHT ${name}: npm run chaos -- --bug ${name} --seed ${seed} (${ms} ms)`);
  else if (!values.json) say(`caught ${name} by ${by} (${ms} ms)`);
}

function holds({ violations, problem }: CaseResult): boolean {
  return violations.length === 0 && problem === undefined;
}

/** Of a hundred cases, so many may strike a call that is not made in any of their plays. */
const unreachedOfHundred = 3;

function tell(result: CaseResult): void {
  const { id, violations, problem, ms } = result;
  spend(id.split('/')[0] ?? id, ms);
  if (holds(result)) {
    if (result.unreached) say(`NOT REACHED ${id} (${ms} ms)`);
    else if (!values.json) say(`ok ${id} (${ms} ms)`);
    return;
  }
  say(`FAILED ${id}: npm run chaos -- --case '${id}' --seed ${seed}`);
  for (const { invariant, text } of violations) say(`  ${invariant}: ${text}`);
  if (problem !== undefined) say(`  ${problem}`);
}

type Hunt = Readonly<{ planted: number; caught: readonly BugResult[] }>;

function report(lists: Lists, results: readonly CaseResult[], hunt: Hunt): number {
  const bad = results.filter((result) => !holds(result)).length;
  const planned = [...lists.values()].flat().length;
  // A team that fails is told of by each of its parts that does.
  const settled = new Set(results.map(({ of, id }) => of ?? id));
  const missed = planned - settled.size;
  if (missed > 0) say(`${missed} cases did not fit into the time`);
  const counts = Object.fromEntries(
    ['kill', 'call_faults', 'messages', 'model'].map((name) => [
      name,
      [...lists].find(([family]) => family.name === name)?.[1].length ?? 0,
    ]),
  );
  const caught = hunt.caught.filter((one) => one.caught).length;
  if (hunt.planted > 0) say(`${caught} of ${hunt.planted} bugs were caught`);
  const seconds = [...spent].map(([kind, ms]) => `${kind} ${Math.round(ms / 1000)}`);
  say(`seconds per family, in ${lanes} lanes: ${seconds.join(', ')}`);
  const unreached = results.filter((result) => result.unreached).length;
  const tooMany = unreached * 100 > Math.max(100, results.length * unreachedOfHundred);
  if (unreached > 0)
    say(`${unreached} cases did not reach their call${tooMany ? ': too many' : ''}`);
  const passed = results.length - bad - unreached + caught;
  const failed = bad + missed + hunt.planted - caught + (tooMany ? unreached : 0);
  say(`${passed} passed, ${failed} failed`);
  say(
    JSON.stringify({
      cases: counts,
      violations: bad,
      bugs: { planted: hunt.planted, caught },
      seed,
      duration_s: Math.round((Date.now() - started) / 1000),
    }),
  );
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main();
