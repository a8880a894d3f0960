import { parseArgs } from 'node:util';
import type { Case, Family, Mode } from './family.ts';
import { sample } from './random.ts';
import { families } from './registry.ts';
import { type CaseResult, runCases } from './run-cases.ts';
import { soak } from './soak.ts';
import { type Stack, startStack } from './stack.ts';

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
    bug: { type: 'string' },
    soak: { type: 'boolean', default: false },
    requests: { type: 'string', default: '500' },
    installations: { type: 'string', default: '20' },
    list: { type: 'boolean', default: false },
    /** Stacks side by side. */
    lanes: { type: 'string', default: '3' },
    /** So many cases of each family, drawn by the seed. */
    sample: { type: 'string' },
  },
});

const mode: Mode = values.quick ? 'quick' : 'full';
const seed = Number(values.seed);
const started = Date.now();
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Names on the command line: `faults` is short for the family of calls. */
const chosen = families.filter(
  ({ name }) =>
    values.only === undefined || name === (values.only === 'faults' ? 'call_faults' : values.only),
);

async function listOf(family: Family, stack: () => Promise<Stack>): Promise<readonly Case[]> {
  // One case alone may be one that quick mode leaves out.
  const context = { mode: values.case === undefined ? mode : ('full' as const), seed, stack };
  const cases = await family.cases(context);
  return values.case === undefined ? cases : cases.filter(({ id }) => id === values.case);
}

async function main(): Promise<number> {
  const reference: { stack?: Promise<Stack> } = {};
  const lists = new Map<Family, readonly Case[]>();
  for (const family of chosen)
    lists.set(family, await listOf(family, () => (reference.stack ??= startStack())));
  await (await reference.stack)?.close();
  if (values.sample !== undefined)
    for (const [family, list] of lists)
      lists.set(family, sample(list, Number(values.sample), seed));
  const all = [...lists.values()].flat();
  if (values.list) {
    for (const { id } of all) say(id);
    return 0;
  }
  const results = await runCases(all, {
    lanes: Number(values.lanes),
    casesPerStack: 60,
    until: started + (mode === 'quick' ? 280_000 : 3_500_000),
    done: tell,
  });
  return report(lists, results);
}

function tell({ id, violations, problem, ms }: CaseResult): void {
  if (violations.length === 0 && problem === undefined) {
    if (!values.json) say(`ok ${id} (${ms} ms)`);
    return;
  }
  say(`FAILED ${id}: npm run chaos -- --case '${id}' --seed ${seed}`);
  for (const { invariant, text } of violations) say(`  ${invariant}: ${text}`);
  if (problem !== undefined) say(`  ${problem}`);
}

function report(
  lists: ReadonlyMap<Family, readonly Case[]>,
  results: readonly CaseResult[],
): number {
  const bad = results.filter(
    ({ violations, problem }) => violations.length > 0 || problem !== undefined,
  );
  const planned = [...lists.values()].flat().length;
  const missed = planned - results.length;
  if (missed > 0) say(`${missed} cases did not fit into the time`);
  const counts = Object.fromEntries(
    ['kill', 'call_faults', 'messages', 'model'].map((name) => [
      name,
      [...lists].find(([family]) => family.name === name)?.[1].length ?? 0,
    ]),
  );
  say(`${results.length - bad.length} passed, ${bad.length + missed} failed`);
  say(
    JSON.stringify({
      cases: counts,
      violations: bad.length,
      bugs: { planted: 0, caught: 0 },
      seed,
      duration_s: Math.round((Date.now() - started) / 1000),
    }),
  );
  return bad.length + missed > 0 || planned === 0 ? 1 : 0;
}

process.exitCode = values.soak
  ? await soak({
      requests: Number(values.requests),
      installations: Number(values.installations),
      seed,
      say,
    })
  : await main();
