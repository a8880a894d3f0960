import { marker, type MarkerKind } from '../../../core/render/marker.ts';
import { renderStatusComment } from '../../../core/render/status-comment.ts';
import { waitsForSlot } from '../../../app/waiting.ts';
import { Job } from '../../../core/job.ts';
import { isActive, isTerminal } from '../../../core/job-state.ts';
import { jobsIn } from './reference.ts';
import { isQuiet } from './commands.ts';
import { script } from './model-worker.ts';
import { jobBudget } from './setting.ts';
import type { World } from './world.ts';

/** A sweep each minute; a job may wait for its lease, its back-off, and three attempts of all that come before it. */
const mostRounds = 90;
const roundMs = 60_000;

/**
 * Faults are over: whatever stands goes on, messages come, tasks start, and the sweep runs each minute. Fails what has
 * not come to its end within a bounded number of minutes. Events of tasks are not delivered: the sweep must do.
 */
export async function quiesce(world: World): Promise<void> {
  world.setLaunches('started');
  world.table.conflict(0);
  world.table.catchUp();
  const hung = new Set(world.tasks.filter(({ hangs }) => hangs).map(({ process }) => process));
  for (const process of world.processes) process.frozen = hung.has(process);
  for (let round = 0; round < mostRounds; round += 1) {
    await finishAll(world);
    if (isQuiet(world) && round > 0) return;
    if (world.reference.violations.length > 0) return;
    if (round > 2) judgeIdle(world);
    await world.tick(roundMs);
    await world.sweep(1_000);
  }
  if (!isQuiet(world)) world.reference.fail(1, 'work is left after 90 minutes without a fault');
}

/** Everything that can happen now, in the order of time. */
async function finishAll(world: World): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const before = world.effects();
    for (const process of world.processes.slice()) await world.step(process, 1_000);
    for (const task of world.tasks.filter(({ status }) => status === 'pending'))
      await world.startTask(task, 1_000);
    for (const message of world.ingest.visible()) await world.deliver('ingest', message, 1_000);
    for (const message of world.jobsQueue.visible()) await world.deliver('jobs', message, 1_000);
    for (const message of [...world.ingest.dead, ...world.jobsQueue.dead])
      await world.deliver('dead', message, 1_000);
    world.forget();
    await world.tick(1);
    if (world.effects() === before || world.reference.violations.length > 0) return;
  }
  world.reference.fail(7, 'handlers go on for ever in one minute');
}

/** Nobody waits for a place that is free: whoever gave it back has sent for the next one. */
function judgeIdle(world: World): void {
  const jobs = jobsIn(world.table.items()).map((item) => Job.parse(item));
  const active = jobs.filter(({ state }) => isActive(state));
  const { concurrency } = world.policy;
  for (const job of jobs.filter((one) => one.state === 'queued' && waitsForSlot(one))) {
    const installation = active.filter((one) => one.installation_id === job.installation_id);
    const repository = active.filter((one) => one.repository.id === job.repository.id);
    const full =
      active.length >= concurrency.global ||
      installation.length >= concurrency.installation ||
      repository.length >= concurrency.repository;
    if (!full) world.reference.fail('bounded', `${job.id} waits for a place that is free`);
  }
}

/** What people see when all is quiet, held against what the table says. */
export async function judgeEnd(world: World): Promise<void> {
  const { fail } = world.reference;
  const ports = world.readers();
  for (const order of world.orders) {
    const command = await ports.requests.command(order.key);
    if (!command) {
      fail(1, `the command ${order.key} left no trace`);
      continue;
    }
    const source = `repository-${order.source.repository.id}`;
    const comments = world.github.repositories.get(source)?.comments ?? [];
    const ours = (kind: MarkerKind) =>
      comments.filter(({ body }) => body.startsWith(marker(kind, order.request_id)));
    if (command.disposition !== 'request') {
      if (ours('reply').length !== 1) fail(4, `${ours('reply').length} replies to ${order.key}`);
      continue;
    }
    const request = await ports.requests.get(order.request_id);
    const jobs = await ports.jobs.ofRequest(order.request_id);
    const report = await ports.requests.report(order.request_id);
    if (!request || !report || jobs.length !== request.job_ids.length) {
      fail(4, `the request ${order.request_id} is not whole`);
      continue;
    }
    if (!jobs.every(({ state }) => isTerminal(state))) fail(1, `${order.request_id} has not ended`);
    for (const kind of ['status', 'closing'] as const) {
      if (ours(kind).length !== 1)
        fail(4, `${ours(kind).length} ${kind} comments of ${order.request_id}`);
    }
    const shown = renderStatusComment({
      request,
      jobs,
      links: { serverUrl: world.serverUrl },
      now: world.clock.now,
    });
    if (ours('status').length === 1 && ours('status')[0]?.body !== shown)
      fail(1, `the status comment of ${order.request_id} is not what became of it`);
    for (const job of jobs)
      judgePublished(world, {
        id: job.id,
        request: request.id,
        repository: job.repository.name,
        state: job.state,
      });
    for (const job of jobs)
      judgeSpend(world, { id: job.id, cost: job.cost_micro_usd, calls: job.turns });
  }
  for (const task of world.tasks) {
    if (task.status === 'running' && task.process?.state === 'runs' && !task.hangs)
      fail(7, `the task of ${task.spec.jobId} runs for ever`);
  }
}

type Published = Readonly<{ id: string; request: string; repository: string; state: string }>;

function judgePublished(world: World, { id, request, repository, state }: Published): void {
  const { fail } = world.reference;
  const there = world.github.repositories.get(repository);
  const branches = [...(there?.refs.keys() ?? [])].filter((name) =>
    name.startsWith(`heads/cody/${request}`),
  );
  const pulls = (there?.pulls ?? []).filter(({ head }) => head.ref.startsWith(`cody/${request}`));
  const checks = (there?.checks ?? []).filter((check) => check.external_id === id);
  if (branches.length > 1 || pulls.length > 1)
    fail(2, `${branches.length} branches and ${pulls.length} pull requests of ${id}`);
  const heads = new Set(checks.map(({ head_sha }) => head_sha));
  // A worker that stood still behind its check of the fence may make the one call that it allowed.
  const stale = world.tasks.filter(({ spec, wasFrozen }) => spec.jobId === id && wasFrozen).length;
  if (checks.length > heads.size + stale) fail(4, `${checks.length} check runs of ${id}`);
  const asked = pulls.flatMap((pull) => pull.requested_reviewers);
  if (asked.length > pulls.length) fail(4, `${asked.length} reviewers were asked for ${id}`);
  if (state !== 'pull_request') return;
  if (pulls.length !== 1) fail(1, `${id} ended as pull_request, and there is none`);
  if (checks.length === 0) fail(1, `${id} has no check run`);
}

/** Each call is paid for once; a worker that dies, or whose record is refused, costs the one call in flight. */
function judgeSpend(
  world: World,
  { id, cost, calls }: Readonly<{ id: string; cost: number; calls: number }>,
): void {
  const { fail } = world.reference;
  const paid = world.paid.filter(({ job }) => job === id);
  const workers = world.tasks.filter(({ spec, claim }) => spec.jobId === id && claim).length;
  if (paid.length > script.length + Math.max(0, workers - 1) + world.failedModelCalls(id))
    fail(6, `${paid.length} calls were paid for ${id} by ${workers} workers`);
  const owed = paid.reduce((sum, one) => sum + one.cost, 0);
  const most = Math.max(0, ...paid.map((one) => one.cost));
  if (owed - cost > most) fail(6, `${id} has ${cost} recorded of ${owed} paid`);
  if (owed > jobBudget + most) fail(6, `${owed} was paid for ${id} of ${jobBudget}`);
  if (calls > script.length) fail(6, `${id} counts ${calls} turns where ${script.length} would do`);
  if (calls > paid.length) fail(6, `${id} counts ${calls} turns of ${paid.length} calls`);
}
