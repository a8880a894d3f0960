import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import { type Facts, gatherFacts } from './facts.ts';
import { judgeEffects } from './judge/effects.ts';
import { judgeEnds } from './judge/ends.ts';
import { judgeReach } from './judge/reach.ts';
import { openPlace, type Place, requestsOf, untilQuiet } from './place.ts';
import { makeTrouble, type Trouble } from './soak-faults.ts';
import { median, type Queued, type Sample, sampleStack } from './soak-samples.ts';
import { type Stack, startStack } from './stack.ts';
import { z } from 'zod';

export type SoakOptions = Readonly<{
  requests: number;
  installations: number;
  seed: number;
  /** Prints one line. */
  say: (line: string) => void;
}>;

/** What a soak measured; the figures of docs/reliability.md. */
export type SoakFigures = Readonly<{
  requests: number;
  installations: number;
  seed: number;
  duration_s: number;
  /** Requests that were asked for and not recorded, or did not end. */
  lost: number;
  violations: number;
  ends: Readonly<Record<string, number>>;
  causes: Readonly<Record<string, number>>;
  calls: number;
  faults: Readonly<Record<string, number>>;
  workers_killed: number;
  jobs_tried_again: number;
  seconds_to_end: Readonly<{ p50: number; p95: number; max: number }>;
  /** When most messages were there. Most of them are hints, which the sweep sends again while one is not handled. */
  most_queued: Queued;
  /** What the product sent, by what it says. */
  messages: Readonly<Record<string, number>>;
  app_rss_mb: Readonly<{ second_quarter: number; last_quarter: number }>;
  table_items_per_request: Readonly<{ second_quarter: number; last_quarter: number }>;
  table_kb_per_request: number;
  flat: boolean;
}>;

/** More requests than this are never under way. */
const mostUnderWay = 16;

const noneQueued: Queued = { ready: 0, delayed: 0, hidden: 0 };

/** How much the last quarter may hold more than the second one. */
const growth = { rss: 1.25, items: 1.1 };

/** Many requests of many installations with faults all the time. Returns 0 when nothing was lost and nothing grew. */
export async function soak(options: SoakOptions): Promise<number> {
  const { say } = options;
  const stack = await startStack({
    policy: 'reviewer: false\nconcurrency:\n  global: 4\n',
    // A day at 1/60: jobs wait for each other here.
    env: { CODY_LONGEST_WAIT_MS: '1440000', CODY_LONGEST_PUBLISH_MS: '1440000' },
  });
  try {
    const { figures, texts } = await run(stack, options);
    for (const text of texts) say(`  ${text}`);
    for (const line of markdown(figures)) say(line);
    say(JSON.stringify(figures));
    return figures.lost + figures.violations === 0 && figures.flat ? 0 : 1;
  } finally {
    await stack.close();
  }
}

async function run(stack: Stack, options: SoakOptions) {
  const { requests, installations, seed, say } = options;
  const places: Place[] = [];
  for (let index = 0; index < installations; index += 1) places.push(await openPlace(stack));
  const trouble = makeTrouble(seed);
  stack.gate.reset();
  stack.gate.install(trouble.interposer);
  const started = Date.now();
  const samples: Sample[] = [];
  let asked = 0;
  let lastSample = 0;
  for (;;) {
    const ended = await countEnded(stack, places);
    while (asked < requests && asked - ended < mostUnderWay) {
      await ask(stack, places, asked);
      asked += 1;
    }
    if (Date.now() - lastSample > 5_000 || ended === requests) {
      lastSample = Date.now();
      samples.push(await sampleStack(stack, { since: started, ended }));
      say(`${ended} of ${requests} ended after ${Math.round((lastSample - started) / 1000)} s`);
    }
    forgetCalls(stack);
    if (ended === requests || Date.now() - started > deadlineMs(requests)) break;
    await sleep(250);
  }
  for (const place of places)
    await untilQuiet(stack, place, { timeoutMs: 60_000, asked: share(options, place, places) });
  stack.gate.install(undefined);
  return judged(stack, { options, places, trouble, samples, started });
}

/** A quarter of what a slow machine needs for one after the other. */
function deadlineMs(requests: number): number {
  return 120_000 + requests * 10_000;
}

function share(options: SoakOptions, place: Place, places: readonly Place[]): number {
  const index = places.indexOf(place);
  return (
    Math.floor(options.requests / places.length) +
    (index < options.requests % places.length ? 1 : 0)
  );
}

/** Each request stands on an issue of its own: nobody writes 25 prompts into one. */
async function ask(stack: Stack, places: readonly Place[], number: number): Promise<void> {
  const place = places[number % places.length];
  if (!place) throw new Error('There is no place');
  const issue = stack.github.seed.issue({
    owner: place.owner,
    name: 'app-1',
    title: `A greeting, number ${number}`,
    author: place.login,
  });
  const script = number % 5 === 4 ? 'script:answer Is there a greeting?' : 'script:edit Greet.';
  const path = `repos/${place.owner}/app-1/issues/${issue.number}/comments`;
  await place.person.post(path, { body: `/cody ${script}` }, z.object({ id: z.number() }));
}

/** What the gate remembers of calls is of no use here, and it would be what grows. */
function forgetCalls({ gate }: Stack): void {
  (gate.calls() as unknown[]).length = 0;
}

async function jobsOf(stack: Stack, places: readonly Place[]): Promise<readonly Job[]> {
  const all = await Promise.all(places.map((place) => requestsOf(stack, place)));
  return all.flat().flatMap(({ jobs }) => jobs);
}

async function countEnded(stack: Stack, places: readonly Place[]): Promise<number> {
  return (await jobsOf(stack, places)).filter(({ state }) => isTerminal(state)).length;
}

type Soaked = Readonly<{
  options: SoakOptions;
  places: readonly Place[];
  trouble: Trouble;
  samples: readonly Sample[];
  started: number;
}>;

async function judged(stack: Stack, soaked: Soaked) {
  const { options, places, trouble, samples, started } = soaked;
  const texts: string[] = [];
  for (const place of places) {
    const facts = own(await gatherFacts(stack, { place, calls: [], open: [] }));
    const expected = { requests: share(options, place, places), ends: [] };
    const found = [
      ...judgeEnds(facts, expected),
      ...judgeEffects(facts),
      ...judgeReach(facts, expected),
    ];
    texts.push(...found.map(({ invariant, text }) => `${invariant}: ${text}`));
  }
  const jobs = await jobsOf(stack, places);
  const ended = jobs.filter(({ state }) => isTerminal(state));
  const times = ended
    .map((job) => ((job.ended_at ?? 0) - job.created_at) / 1000)
    .toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.round((times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0) * 10) / 10;
  const figures: SoakFigures = {
    requests: options.requests,
    installations: places.length,
    seed: options.seed,
    duration_s: Math.round((Date.now() - started) / 1000),
    lost: options.requests - ended.length,
    violations: texts.length,
    ends: counts(jobs.map(({ state }) => state)),
    causes: counts(jobs.map(({ cause }) => cause?.code ?? 'none')),
    calls: trouble.calls(),
    faults: trouble.struck(),
    workers_killed: trouble.killed(),
    jobs_tried_again: jobs.filter(({ attempt }) => attempt > 1).length,
    seconds_to_end: { p50: at(0.5), p95: at(0.95), max: at(1) },
    most_queued: mostQueued(samples),
    messages: trouble.messages(),
    ...growthOf(samples),
  };
  return { figures, texts };
}

/** GitHub's ledger holds the writes of all places: what each installation wrote is judged at its own. */
function own(facts: Facts): Facts {
  const { github, place } = facts;
  const writes = github.writes.filter((write) => write.installationId === place.installationId);
  return { ...facts, github: { ...github, writes } };
}

function mostQueued(samples: readonly Sample[]): Queued {
  return samples
    .map(({ queued }) => queued)
    .reduce((most, one) => (sumOf(one) > sumOf(most) ? one : most), noneQueued);
}

function sumOf({ ready, delayed, hidden }: Queued): number {
  return ready + delayed + hidden;
}

function growthOf(samples: readonly Sample[]) {
  const total = samples.at(-1)?.ended ?? 0;
  const between = (from: number, to: number) =>
    samples.filter(({ ended }) => ended > total * from && ended <= total * to);
  const second = between(0.25, 0.5);
  const last = between(0.75, 1);
  const app_rss_mb = { second_quarter: mb(second), last_quarter: mb(last) };
  const table_items_per_request = { second_quarter: items(second), last_quarter: items(last) };
  const bytes = samples.at(-1)?.tableBytes ?? 0;
  const enough = second.length > 2 && last.length > 2;
  return {
    app_rss_mb,
    table_items_per_request,
    table_kb_per_request: Math.round(bytes / 1000 / Math.max(1, total)),
    // A short soak says nothing about growth.
    flat:
      !enough ||
      (app_rss_mb.last_quarter <= app_rss_mb.second_quarter * growth.rss &&
        table_items_per_request.last_quarter <=
          table_items_per_request.second_quarter * growth.items),
  };
}

function mb(some: readonly Sample[]): number {
  return Math.round(median(some.flatMap(({ appRss }) => (appRss > 0 ? [appRss] : []))) / 1e6);
}

function items(some: readonly Sample[]): number {
  return Math.round(median(some.map(({ tableItems, ended }) => tableItems / ended)) * 10) / 10;
}

function counts(names: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(names, (name) => name)];
  return Object.fromEntries(
    groups
      .map(([name, all]) => [name, all.length] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function list(some: Readonly<Record<string, number>>): string {
  return Object.entries(some)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** The figures as a table for docs/reliability.md. */
export function markdown(figures: SoakFigures): readonly string[] {
  const faults = Object.values(figures.faults).reduce((sum, count) => sum + count, 0);
  const { app_rss_mb: rss, table_items_per_request: perRequest, seconds_to_end: times } = figures;
  const rows = [
    ['Requests, installations', `${figures.requests}, ${figures.installations}`],
    ['Duration', `${figures.duration_s} s`],
    ['Calls of the product', String(figures.calls)],
    ['Faults that struck', `${faults} (${list(figures.faults)})`],
    ['Workers killed', String(figures.workers_killed)],
    ['Jobs tried again', String(figures.jobs_tried_again)],
    ['Ends', list(figures.ends)],
    ['Causes', list(figures.causes)],
    ['Lost, violations', `${figures.lost}, ${figures.violations}`],
    ['From the prompt to the end', `p50 ${times.p50} s, p95 ${times.p95} s, max ${times.max} s`],
    ['Messages sent', list(figures.messages)],
    ['Most messages in the queues', list(figures.most_queued)],
    [
      'Memory of the App, second and last quarter',
      `${rss.second_quarter} MB, ${rss.last_quarter} MB`,
    ],
    [
      'Items in the table per request, second and last quarter',
      `${perRequest.second_quarter}, ${perRequest.last_quarter}`,
    ],
    ['Table per request', `${figures.table_kb_per_request} kB`],
  ];
  return ['| Soak | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)];
}
