import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWarmCache, type WarmCache } from '../../../core/store/warm-cache.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { firstMessages } from '../../../worker/agent/prompt.ts';
import { createSharedCache } from '../../../worker/job/shared-cache.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { startTestTable } from '../../support/table.ts';
import { run, startModel, submitTurn } from '../agent/support/harness.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const silent = { info: () => undefined, warn: () => undefined };
const first = (repository: string) =>
  firstMessages({
    prompt: 'Fix the sum. '.repeat(200),
    repository,
    baseBranch: 'main',
    baseSha: 'a'.repeat(40),
    date: '2026-11-22',
    limits: { max_turns: 150, wall_clock_ms: 2_700_000, budget_micro_usd: 2_000_000 },
    instructions: [],
    overview: `Files of ${repository}`,
  });

type Started = Readonly<{ id: string; jobs?: number; warmCache: WarmCache; warmMs?: number }>;

function sharedCaches({ id, jobs = 3, warmCache, warmMs = 20_000 }: Started) {
  const request = exampleRequest({ id, jobs });
  return exampleJobs(request).map((job) =>
    createSharedCache({ warmCache, warmMs, log: silent }, { job, request, first: first(job.id) }),
  );
}

/** Three jobs at once; returns what their first calls wrote to the cache and read from it, in tokens. */
async function firstCalls(sharedCache: ReturnType<typeof sharedCaches>, together: boolean) {
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  const standin = await startModel(scriptedActor([submitTurn]), {
    beforeAnswer: async () => {
      arrived += 1;
      if (arrived === 3) all.resolve();
      // Long enough for calls that do not wait to meet an empty cache.
      await (together ? all.promise : sleep(300));
    },
  });
  await Promise.all(
    sharedCache.map((shared, index) =>
      run({
        standin,
        deps: { sharedCache: shared },
        task: { first: first(`acme/repository-${index}`) },
      }),
    ),
  );
  const uses = standin.requests().map(({ usage }) => ({
    written: usage!.cache_creation_input_tokens,
    read: usage!.cache_read_input_tokens,
  }));
  return uses.toSorted((a, b) => b.written - a.written);
}

it('writes the shared beginning once and reads it twice', async () => {
  const warmCache = createWarmCache({ table: engine.table, now: Date.now });
  const caches = sharedCaches({ id: 'together', warmCache, warmMs: 6_000 });
  const [one, two, three] = await firstCalls(caches, false);
  expect(one!.read).toBe(0);
  expect(two!.read).toBeGreaterThan(1_000);
  expect(three!.read).toBe(two!.read);
  expect(two!.written).toBe(one!.written - two!.read);
});

it('would be written three times if the jobs did not wait', async () => {
  const uses = await firstCalls([undefined, undefined, undefined], true);
  expect(uses.map(({ read }) => read)).toEqual([0, 0, 0]);
});

it('is nothing to a request with one repository', () => {
  const warmCache = createWarmCache({ table: engine.table, now: Date.now });
  expect(sharedCaches({ id: 'alone', jobs: 1, warmCache })).toEqual([undefined]);
});

it('holds nobody up when the table is out, when it never answers, or when the holder is silent', async () => {
  const signal = new AbortController().signal;
  const out: WarmCache = {
    enter: () => Promise.reject(new Error('out')),
    warmed: () => Promise.reject(new Error('out')),
  };
  const [broken] = sharedCaches({ id: 'broken', warmCache: out });
  await broken!.wait(signal);
  broken!.ready();

  const mute: WarmCache = { ...out, enter: () => new Promise(() => {}) };
  const [unanswered] = sharedCaches({ id: 'mute', warmCache: mute, warmMs: 30 });
  await unanswered!.wait(signal);

  const warmCache = createWarmCache({ table: engine.table, now: Date.now });
  const [holder, next] = sharedCaches({ id: 'silent', warmCache, warmMs: 300 });
  await holder!.wait(signal);
  await next!.wait(signal);
});

it('goes on at once when the run is cancelled, and after the holder has begun', async () => {
  const warmCache = createWarmCache({ table: engine.table, now: Date.now });
  const [holder, second, third] = sharedCaches({ id: 'cancelled', warmCache, warmMs: 600_000 });
  const open = new AbortController().signal;
  await holder!.wait(open);
  await holder!.wait(open);
  const cancel = new AbortController();
  const waiting = second!.wait(cancel.signal);
  cancel.abort();
  await waiting;
  holder!.ready();
  const states = async () =>
    (await engine.table.query({ partition: 'WORK#cancelled', prefix: 'CACHE#' })).map(
      (item) => Object(item).state,
    );
  await expect.poll(states).toEqual(['warm']);
  await third!.wait(open);
});
