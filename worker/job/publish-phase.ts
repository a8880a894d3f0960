import type { Cause } from '../../core/cause.ts';
import { createPace, type Pace } from '../../core/github/pace.ts';
import type { Job, JobState } from '../../core/job.ts';
import { siblingsOf } from '../../core/render/related.ts';
import type { Lease } from '../lease.ts';
import { publishedEnd, runCause } from '../publisher/ending.ts';
import type { PublisherAsk } from '../publisher/protocol.ts';
import { type PublisherHost, PublisherLost } from '../publisher/start-publisher.ts';
import type { WrittenTree } from '../workspace/work-tree.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import { publisherEnd } from './exit-code.ts';
import { storeThread } from './store-thread.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

/**
 * Commit, pull request and check run by a publisher of its own, then the terminal write. Everything is looked up before
 * it is made, so that a later attempt may do it again. Throws TransientError, Stopped and PublisherLost.
 */
export async function publishPhase(
  deps: WorkerDeps,
  run: Development,
  { tree, skipped }: WrittenTree,
): Promise<void> {
  const { lease, thread, watch, settings } = run;
  const job = await current(deps, run);
  const told = thread.thread().events.length;
  const siblings = siblingsOf(job, await deps.jobs.ofRequest(job.request_id));
  const outcome = await watch.time('publish', () =>
    deps.publisher(
      {
        type: 'publish',
        ...aroundTask(deps, run, job),
        settings,
        siblings: [...siblings],
        git_dir: run.folders.gitDir,
        tree,
        skipped: [...skipped],
      },
      hostOf(deps, run),
    ),
  );
  if (!outcome) throw new Error('The publisher did not say what it published');
  const { state, ...change } = publishedEnd(outcome, runCause(job));
  const grew = thread.thread().events.length > told;
  const stored = grew ? { thread: await storeThread(deps, thread) } : {};
  await lease.move(state, { ...change, ...stored, timings_ms: watch.timings() });
}

/**
 * Puts the thread of a job without a commit of ours on its base commit, neutral. A publisher that is lost is started once
 * more. Never fails the job.
 */
export async function threadCheck(
  deps: WorkerDeps,
  run: Development,
  end: Readonly<{ state: JobState; cause: Cause }>,
): Promise<void> {
  try {
    const job = { ...(await current(deps, run)), ...end, ended_at: deps.now() };
    const within = end.state === 'cancelled' ? { within_ms: cancelledMs } : {};
    const task = { type: 'check' as const, ...aroundTask(deps, run, job), ...within };
    const check = () => deps.publisher(task, hostOf(deps, run));
    await check().catch((error: unknown) => {
      // What it made before it was lost is found again. One that had to be ended would hang again.
      if (error instanceof PublisherLost && error.end) return check();
      throw error;
    });
  } catch (error) {
    deps.log.warn({ err: error, ...publisherEnd(error) }, 'the thread has no check run');
  }
}

/** Who cancels wants to see the end soon: the thread of such a job waits for nothing. */
const cancelledMs = 3_000;

/** What every task of a publisher says. */
function aroundTask({ config, secrets }: WorkerDeps, { request, thread }: Development, job: Job) {
  return {
    broker: {
      url: config.brokerUrl,
      auth: config.brokerAuth,
      region: config.region,
      credentials_uri: config.credentialsUri,
      job_id: config.jobId,
      attempt: config.attempt,
      key: config.attemptKey,
    },
    secrets: [...secrets()],
    github: {
      api_url: config.githubApiUrl,
      server_url: config.githubServerUrl,
      timeout_ms: config.times.CODY_GITHUB_TIMEOUT_MS,
    },
    retry_delay_ms: Math.min(1_000, config.times.CODY_RETRY_MS),
    links: { public_url: config.publicUrl, hosts: [...config.policy.link_hosts] },
    model_note: config.modelNote,
    log: { level: config.logLevel, metrics: config.metrics },
    job,
    request,
    thread: thread.thread(),
  };
}

/** The hold on the job stays here: a publisher asks before each write. */
function hostOf(deps: WorkerDeps, { lease, thread }: Development): PublisherHost {
  const pace = paceOf(deps, lease);
  return {
    answer: (ask) => answer(ask, { lease, pace }),
    note: (text) => noteOnce(thread, text),
    stop: lease.stop,
  };
}

async function answer(
  ask: PublisherAsk,
  { lease, pace }: Readonly<{ lease: Lease; pace: Pace }>,
): Promise<void> {
  switch (ask.type) {
    case 'fence':
      return lease.fence();
    case 'record':
      await lease.record(ask.record);
      return;
    case 'pace':
      return pace.before({ content: ask.content, urgency: ask.urgency });
    case 'slow_down':
      return pace.slowDown(ask.ms);
  }
}

/** A publisher that was started again says the same again. */
function noteOnce({ thread, add }: ThreadRecorder, text: string): void {
  const known = thread().events.some((event) => event.type === 'notice' && event.text === text);
  if (!known) add({ type: 'notice', text });
}

/** A worker may wait: its job is done but for this. */
const patienceMs = 20_000;

/** The installation's pace; after a wait the lease is looked at again, right before the write. */
function paceOf({ pacing, now }: WorkerDeps, lease: Lease): Pace {
  const { installation_id: installationId } = lease.job();
  const pace = createPace({ pacing, installationId, patienceMs, signal: lease.stop });
  return {
    ...pace,
    async before(write) {
      const asked = now();
      await pace.before(write);
      if (now() - asked > 500) await lease.fence();
    },
  };
}

/** The job as it stands, with the money that the journal has moved. */
async function current(deps: WorkerDeps, { lease }: Development): Promise<Job> {
  return (await deps.jobs.get(lease.job().id)) ?? lease.job();
}
