import pino from 'pino';
import { dispatchJob, type DispatchDeps } from '../../app/dispatch.ts';
import { createNotify } from '../../app/notify.ts';
import { sweep } from '../../app/sweep.ts';
import { wake } from '../../app/wake.ts';
import { UserError } from '../../core/errors.ts';
import { requestId } from '../../core/ids.ts';
import { awayMs } from '../../core/handle-message.ts';
import type { Job } from '../../core/job.ts';
import { IngestMessage, JobMessage } from '../../core/message.ts';
import { Policy } from '../../core/policy.ts';
import type { Outbox } from '../../core/queue.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { createMalformedMessages } from '../../core/store/malformed.ts';
import { createModelPauses } from '../../core/store/model-pause.ts';
import { createPacingStore, pacingLimits } from '../../core/store/pacing.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { Times } from '../../core/times.ts';
import { queues } from '../../infra/limits.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';
import { type Clock, createClock } from './clock.ts';
import { createDraws, type Draws } from './draws.ts';
import { createEcs, type Ecs } from './ecs.ts';
import { type Figures, spreadOf } from './figures.ts';
import { createGithubWrites, type GithubWrites } from './github-writes.ts';
import { createIndexedTable } from './indexed-table.ts';
import { createModelShare, type ModelShare } from './model-share.ts';
import { createSimReport } from './sim-report.ts';
import { createSimWorkers, type Work } from './sim-worker.ts';
import { jobFacts, type Tier } from './tiers.ts';

const begin = Date.UTC(2026, 10, 10, 8);
/** From sending a message to its handler. */
const hopMs = 300;
const minute = 60_000;
const busiestId = 1;
/** 2 vCPU and 4 GB on arm64 with a public address: docs/deploy.md. */
const fargateUsdPerHour = 0.084;

/**
 * Lets the load of a tier run into the product's own admission, queue order, budgets, pacing and sweep, under virtual
 * time. Workers, ECS, the model and GitHub are stand-ins that keep their quotas.
 */
export async function simulate(tier: Tier): Promise<Figures> {
  const world = createWorld(tier);
  const { clock, jobs, seen } = world;
  startTraffic(tier, world);
  every(clock, minute, () => void sweep(world.sweeping));
  every(clock, minute, async () => {
    const queued = await jobs.queued(500);
    const oldest = queued[0];
    if (oldest) seen.oldestMs = Math.max(seen.oldestMs, clock.now() - oldest.created_at);
    for (const { waiting_for: reason = 'its turn' } of queued) {
      const kind = reason.replace(/request \w+/, 'another job');
      seen.waitedFor[kind] = (seen.waitedFor[kind] ?? 0) + 1;
    }
  });
  await clock.runUntil(begin + tier.minutes * minute);
  return figuresOf(tier, world);
}

type World = ReturnType<typeof createWorld>;

function createWorld(tier: Tier) {
  const clock = createClock(begin);
  const { now } = clock;
  const draws = createDraws(tier.jobsPerHour);
  // Of its own, so that what is asked for does not depend on what came of it.
  const chance = createDraws(tier.jobsPerHour + 1);
  const random = chance.next;
  const table = createIndexedTable();
  const times = Times.parse({});
  const policy = Policy.parse(tier.policy);
  const log = pino({ level: 'silent' });
  const jobs = createJobStore({ table, now });
  const requests = createRequestStore({ table, now });
  const pacing = createPacingStore({ table, now, limits: pacingLimits(policy, times) });
  const github = createGithubWrites({ clock, pacing });
  const model = createModelShare({ clock, outside: tier.outside });
  const work = new Map<string, Work>();
  const seen = {
    asked: 0,
    refused: 0,
    ended: 0,
    cost: 0,
    aliveMs: 0,
    oldestMs: 0,
    deadLetters: 0,
    waits: { busiest: [] as number[], others: [] as number[] },
    publishMs: [] as number[],
    waitedFor: {} as Record<string, number>,
  };

  const ingest = outbox(clock, async (body) => {
    const message = IngestMessage.parse(body);
    if (message.type === 'report') await report(message.request_id);
    if (message.type === 'wake') await wake(starting);
  });
  const jobsQueue = outbox(clock, async (body) => {
    await dispatchJob(starting, JobMessage.parse(body).job_id, { slotFreed: false });
  });
  const notify = createNotify({ ingest, jobsQueue, reportDelayMs: times.CODY_REPORT_DELAY_MS });
  const report = createSimReport({ clock, requests, jobs, notify, github, times, random });
  const workers = createSimWorkers({
    clock,
    jobs,
    notify,
    model,
    github,
    times,
    random,
    workOf: (id) => work.get(id) ?? { minutes: 6, costUsd: 1 },
    onClaim(job) {
      if (job.attempt !== 1 || job.outages) return;
      const waits = job.installation_id === busiestId ? seen.waits.busiest : seen.waits.others;
      waits.push(clock.now() - job.created_at);
    },
    onPublish: (_, tookMs) => void seen.publishMs.push(tookMs),
    onExit(job, aliveMs, taskArn) {
      ecs.stopped(taskArn);
      seen.aliveMs += aliveMs;
      if (job.state !== 'pull_request') return;
      seen.ended += 1;
      seen.cost += job.cost_micro_usd;
    },
  });
  const ecs: Ecs = createEcs({ clock, outside: tier.outside }, (spec, taskArn) =>
    clock.after(chance.between(jobFacts.launchMs), () => workers(spec, taskArn)),
  );
  const { launcher } = ecs;
  const starting: DispatchDeps = {
    jobs,
    launcher,
    pauses: createModelPauses({ table, now, keyId: 'key' }),
    notify,
    malformed: createMalformedMessages({ table, now }),
    policy,
    times,
    now,
    random,
    log,
  };
  const taskSize = { cpu: jobFacts.vcpu * 1024, memory_mib: 4_096 };
  const sweeping = { table, jobs, launcher, notify, times, taskSize, now, random, log };
  return {
    clock,
    draws,
    random,
    policy,
    jobs,
    requests,
    github,
    model,
    ecs,
    notify,
    sweeping,
    seen,
    work,
  };
}

function outbox(clock: Clock, handle: (body: unknown) => Promise<void>): Outbox {
  return {
    send: async (body, options = {}) => {
      clock.after(hopMs + (options.delaySeconds ?? 0) * 1000, () => handle(body));
    },
  };
}

function every(clock: Clock, ms: number, run: () => Promise<void> | void): void {
  clock.after(ms, async () => {
    await run();
    every(clock, ms, run);
  });
}

/** Commands by chance, and once a burst of the busiest installation. */
function startTraffic(tier: Tier, world: World): void {
  const { clock, draws } = world;
  const meanMs = 3_600_000 / tier.jobsPerHour;
  const arrive = async () => {
    clock.after(draws.exponential(meanMs), arrive);
    await ask(world, tier, installationOf(tier, draws));
  };
  clock.after(draws.exponential(meanMs), arrive);
  clock.after((tier.minutes / 3) * minute, async () => {
    for (let index = 0; index < burstOf(tier); index += 1) await ask(world, tier, busiestId);
  });
}

function burstOf({ jobsPerHour, repositoriesEach }: Tier): number {
  return Math.min(Math.ceil(jobsPerHour / 2), 2 * repositoriesEach);
}

function installationOf({ busiestShare, installations }: Tier, draws: Draws): number {
  return draws.next() < busiestShare ? busiestId : 2 + draws.below(installations - 1);
}

/** One command for one repository, as app/accept stores it. */
async function ask(world: World, tier: Tier, installationId: number): Promise<void> {
  const { clock, draws, policy, requests, seen, notify } = world;
  seen.asked += 1;
  const key = `comment:${seen.asked}`;
  const id = requestId(key);
  const repositoryId = installationId * 1_000 + draws.below(tier.repositoriesEach);
  const created_at = clock.now();
  const requester = {
    id: installationId * 1_000 + draws.below(tier.usersEach),
    login: 'requester',
  };
  const base = exampleRequest({ id, semantic_key: key, created_at, requester });
  const request = {
    ...base,
    source: { ...base.source, installation_id: installationId },
    budget_micro_usd: policy.budget.job,
  };
  const repository = { id: repositoryId, owner: 'acme', name: 'web-app', private: true };
  const jobs = exampleJobs(request, {
    installation_id: installationId,
    requester_id: requester.id,
    repository,
    budget_micro_usd: policy.budget.job,
    budget_left_micro_usd: policy.budget.job,
    due_at: created_at + minute,
    created_at,
    state_at: created_at,
  }).map((job) => ({ ...job, repository }));
  const { user_day: userDay, installation_month: installationMonth } = policy.budget;
  try {
    await requests.admit({
      command: {
        type: 'command',
        semantic_key: key,
        payload_sha256: '0',
        disposition: 'request',
        request_id: id,
      },
      request,
      jobs,
      caps: { userDay, installationMonth },
      audit: {},
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    seen.refused += 1;
    return;
  }
  const { workMinutes, costUsd } = jobFacts;
  for (const { id: jobId } of jobs)
    world.work.set(jobId, {
      minutes: draws.logNormal(workMinutes),
      costUsd: draws.logNormal(costUsd),
    });
  await react(world, installationId);
  await notify.report(id, 'now');
  for (const job of jobs) await notify.job(job);
}

/** 👀; its message comes again when it has to wait, as often as the queue delivers it. */
function react(world: World, installationId: number, receives = 1): Promise<void> {
  const { github, clock, random } = world;
  const wish = { content: true, patienceMs: 3_000 };
  return github.write(installationId, wish, async (answer) => {
    if (answer === 'made') return;
    if (receives === queues.ingest.receives) {
      world.seen.deadLetters += 1;
      return;
    }
    const again = () => react(world, installationId, receives + 1);
    clock.after(awayMs(answer.ms, receives, random()), again);
  });
}

async function figuresOf(tier: Tier, world: World): Promise<Figures> {
  const { seen, ecs, github, model, jobs, policy } = world;
  const { busiest, others } = seen.waits;
  const queued: readonly Job[] = await jobs.queued(100_000);
  const spend = {
    model: usd(seen.cost / 1e6),
    fargate: usd((seen.aliveMs / 3_600_000) * fargateUsdPerHour),
  };
  return {
    tier: tier.name,
    minutes: tier.minutes,
    jobs: {
      asked: seen.asked,
      refused: seen.refused,
      started: busiest.length + others.length,
      ended: seen.ended,
      waiting: queued.length,
    },
    waitSeconds: spreadOf([...busiest, ...others]),
    fairness: { burst: burstOf(tier), busiest: spreadOf(busiest), others: spreadOf(others) },
    publishSeconds: spreadOf(seen.publishMs),
    oldestWaitingSeconds: Math.round(seen.oldestMs / 1000),
    waitedFor: seen.waitedFor,
    spend: { ...spend, perHour: usd(((spend.model + spend.fargate) / tier.minutes) * 60) },
    writesPutOff: github.putOff(),
    deadLetters: seen.deadLetters,
    refusedLaunches: { throttled: ecs.seen.throttled, overQuota: ecs.seen.overQuota },
    walls: wallsOf(tier, { ecs, github, model, policy }),
  };
}

type Used = Readonly<{ ecs: Ecs; github: GithubWrites; model: ModelShare; policy: Policy }>;

function wallsOf({ outside }: Tier, { ecs, github, model, policy }: Used): Figures['walls'] {
  const { perHour, perMinute } = github.busiest();
  const { content_per_hour, content_per_minute } = policy.github;
  const { perSecond } = outside.runTask;
  const peak = Math.round(model.peak() * outside.model.inputPerMinute);
  return [
    { wall: 'vCPU quota', peak: ecs.seen.vcpu, limit: outside.vcpuQuota },
    { wall: 'model tokens a minute', peak, limit: outside.model.inputPerMinute },
    {
      wall: 'GitHub content an hour, busiest installation',
      peak: perHour,
      limit: content_per_hour,
    },
    {
      wall: 'GitHub content a minute, busiest installation',
      peak: perMinute,
      limit: content_per_minute,
    },
    { wall: 'RunTask a second', peak: ecs.seen.perSecond, limit: perSecond },
  ]
    .map((wall) => ({ ...wall, share: Math.round((wall.peak / wall.limit) * 100) / 100 }))
    .toSorted((a, b) => b.share - a.share);
}

function usd(amount: number): number {
  return Math.round(amount * 100) / 100;
}
