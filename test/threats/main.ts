import { parseArgs } from 'node:util';
import { entryPoints, isClean, type Verdict } from './case.ts';
import { chosen } from './choose.ts';
import { type Defence, standingHere } from './defences/defence.ts';
import { defences } from './defences/defences.ts';
import { CaseFileError, loadCases } from './load-cases.ts';
import type { Part } from './play.ts';
import { kindsHere } from './kinds-here.ts';
import { runPart } from './run-part.ts';
import { sample } from './sample.ts';

/*
 * npm run threats: plays a hostile model, repository and commenter against the product, and looks from the outside
 * whether anything leaked, escaped or was written where it may not be.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    case: { type: 'string' },
    list: { type: 'boolean', default: false },
    /** Leaves out (none), or plays only (only), the check of each defence; or of those that are named, with commas. */
    defences: { type: 'string' },
    /** Which defences a quick run checks; "random" takes others in each run. */
    seed: { type: 'string', default: process.env['CODY_TEST_SEED'] ?? '20260301' },
    lanes: { type: 'string', default: '2' },
  },
});

const started = Date.now();
const say = (line: string) => void process.stdout.write(`${line}\n`);
const only = entryPoints.find((name) => name === values.only);

type Task = Readonly<{ part: Part; uid?: number }>;

/** The ordinary user as whom root plays again. */
const nobody = 65_534;

function tasks(): readonly Task[] {
  const all: Task[] = [
    { part: { entry: 'tools', tools: 'stack' } },
    { part: { entry: 'tools', tools: 'confined' } },
    ...(process.getuid?.() === 0
      ? [{ part: { entry: 'tools', tools: 'confined' } as const, uid: nobody }]
      : []),
    ...entryPoints.filter((name) => name !== 'tools').map((entry) => ({ part: { entry } })),
  ];
  const entry = only ?? entryPoints.find((name) => values.case?.startsWith(`${name}/`));
  return all.filter(({ part }) => entry === undefined || part.entry === entry);
}

async function inLanes<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...list];
  const lane = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
}

function tell(one: Verdict): void {
  const name = one.at === undefined ? one.id : `${one.id} (${one.at})`;
  if (isClean(one)) {
    if (!values.json) say(`ok ${name}`);
    return;
  }
  say(`FAILED ${name}: npm run threats -- --case ${one.id}`);
  for (const kind of ['leaks', 'escapes', 'writes', 'problems'] as const)
    for (const what of one[kind]) say(`  ${kind}: ${what}`);
}

type Guarded = Readonly<{ name: string; guarded: boolean }>;

/** Each defence is switched off in turn; its case has to fail, and not because it could not be played. */
async function checkDefences(): Promise<readonly Guarded[]> {
  if (values.case !== undefined || only !== undefined || values.defences === 'none') return [];
  const list = await wantedDefences();
  const results: Guarded[] = [];
  await inLanes(list, async ({ name, part, guard, what }) => {
    const options = { places: [], quick: false, id: guard, off: name, timeoutMs: 180_000 };
    const verdicts = await runPart(part, options);
    const guarded = verdicts.some(isCaught);
    results.push({ name, guarded });
    if (guarded) say(`guarded ${name} by ${guard}`);
    else
      say(
        `NOT GUARDED ${name} (${what}) by ${guard}: ${verdicts[0]?.problems.join() ?? 'not played'}`,
      );
  });
  return results;
}

/** So many are checked in a quick run; which ones, the seed says. */
const quickly = 6;

async function wantedDefences(): Promise<readonly Defence[]> {
  const one = values.defences;
  const names = one?.split(',') ?? [];
  const named = defences.filter(
    ({ name }) => one === undefined || one === 'only' || names.includes(name),
  );
  const here = named.some(({ part }) => part.kind) ? await kindsHere() : [];
  const list = standingHere(named, here);
  for (const { name, part } of named.filter((each) => !list.includes(each)))
    say(`left out ${name}: there is no ${part.kind ?? ''} here`);
  if (!values.quick || one !== undefined) return list;
  const seed = values.seed === 'random' ? String(Date.now()) : values.seed;
  say(`defences of seed ${seed}`);
  return sample(list, { seed, size: quickly });
}

function isCaught(one: Verdict): boolean {
  const unplayed = one.problems.some((problem) =>
    /^(?:did not end|could not be played)/.test(problem),
  );
  return !isClean(one) && !unplayed;
}

async function main(): Promise<number> {
  const cases = loadCases(positionals);
  const picked = chosen(cases, { entry: only, id: values.case, quick: values.quick });
  if (values.list) {
    for (const name of entryPoints)
      for (const { id, tries } of picked[name]) say(`${id}: ${tries}`);
    return 0;
  }
  const verdicts: Verdict[] = [];
  if (values.defences === undefined || values.defences === 'none')
    await inLanes(tasks(), async ({ part, ...who }) => {
      const options = { places: positionals, quick: values.quick, id: values.case, ...who };
      for (const one of await runPart(part, { ...options, timeoutMs: 900_000 })) {
        verdicts.push(one);
        tell(one);
      }
    });
  const unplayed = values.defences === undefined ? await missedOf(verdicts, picked) : [];
  return report(verdicts, await checkDefences(), unplayed);
}

type Picked = ReturnType<typeof chosen>;

/** The cases that nothing played, but for those that need commands to run where nothing here confines them. */
async function missedOf(verdicts: readonly Verdict[], picked: Picked): Promise<readonly string[]> {
  const played = new Set(verdicts.map(({ id }) => id));
  const ids = entryPoints.flatMap((name) => picked[name].map(({ id }) => id));
  const missed = ids.filter((id) => !played.has(id));
  if (missed.length === 0 || (await kindsHere()).some((kind) => runsCommands.includes(kind)))
    return missed;
  const confined = new Set(picked.tools.filter(needsConfinement).map(({ id }) => id));
  for (const id of missed.filter((one) => confined.has(one)))
    say(`left out ${id}: nothing here confines commands`);
  return missed.filter((id) => !confined.has(id));
}

const runsCommands: readonly string[] = ['bubblewrap', 'uid'];

function needsConfinement({ setup, broken }: Picked['tools'][number]): boolean {
  return setup || broken !== undefined;
}

function report(
  verdicts: readonly Verdict[],
  guards: readonly Guarded[],
  missed: readonly string[],
): number {
  for (const id of missed) say(`NOT PLAYED ${id}`);
  const failed = verdicts.filter((one) => !isClean(one)).length;
  const guarded = guards.filter((one) => one.guarded).length;
  const sum = (kind: 'leaks' | 'escapes' | 'writes') =>
    verdicts.reduce((total, one) => total + one[kind].length, 0);
  if (guards.length > 0) say(`${guarded} of ${guards.length} defences are guarded`);
  const bad = failed + missed.length + guards.length - guarded;
  say(`${verdicts.length - failed + guarded} passed, ${bad} failed`);
  say(
    JSON.stringify({
      cases: Object.fromEntries(
        entryPoints.map((name) => [
          name,
          new Set(verdicts.filter(({ entry }) => entry === name).map(({ id }) => id)).size,
        ]),
      ),
      leaks: sum('leaks'),
      escapes: sum('escapes'),
      unauthorized_writes: sum('writes'),
      defences: { total: guards.length, guarded },
      plays: verdicts.length,
      duration_s: Math.round((Date.now() - started) / 1000),
    }),
  );
  return bad > 0 || verdicts.length + guards.length === 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CaseFileError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
