import { ConditionFailed, Stopped } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { jittered } from '../../core/jittered.ts';
import { Thread } from '../../core/thread.ts';
import { toldInPrivate } from '../../core/told-in-private.ts';
import { ProcessesLeft } from '../executor/end-all.ts';
import { holdLease, type Lease } from '../lease.ts';
import { PublisherLost } from '../publisher/start-publisher.ts';
import { collectChanges } from '../workspace/changes.ts';
import { openCommits } from '../workspace/commit.ts';
import { checkoutPhase, restorePhase } from './checkout-phase.ts';
import type { WorkerDeps } from './deps.ts';
import { developPhase } from './develop-phase.ts';
import type { Development } from './development.ts';
import { decideFailure } from './failure.ts';
import { foldersOf, makeFolders, removeFolders } from './folders.ts';
import { jobSettings } from './job-settings.ts';
import { lastWords } from './last-words.ts';
import { planPhase } from './plan-phase.ts';
import { publishPhase } from './publish-phase.ts';
import { createStages } from './stages.ts';
import { createStopwatch } from './stopwatch.ts';
import { createThreadRecorder } from './thread-recorder.ts';

/**
 * Takes one attempt of a job and brings the job to its end, or back into the queue. Returns when nothing is left to
 * do; an attempt that is not ours to take is left alone. `onLease` gets the hold on the job, for shutdown. Throws
 * PublisherLost, and leaves the job to the next attempt, when its publisher ended before its work.
 */
export async function runJob(deps: WorkerDeps, onLease: (lease: Lease) => void): Promise<void> {
  const { config } = deps;
  const claimed = await deps.jobs.claim({
    id: config.jobId,
    attempt: config.attempt,
    attemptKeySha256: sha256(config.attemptKey),
    owner: `${config.jobId}#${config.attempt}`,
    leaseMs: config.times.CODY_LEASE_MS,
  });
  if (!claimed) {
    deps.log.warn('the attempt is not ours to take');
    return;
  }
  const lease = holdLease({
    jobs: deps.jobs,
    job: claimed,
    leaseMs: config.times.CODY_LEASE_MS,
    heartbeatMs: config.times.CODY_HEARTBEAT_MS,
    now: deps.now,
    log: deps.log,
  });
  onLease(lease);
  await tell(deps, { type: 'report', request_id: claimed.request_id });
  try {
    await attempt(deps, lease);
  } finally {
    lease.release();
    await tell(deps, { type: 'report', request_id: claimed.request_id });
    await tell(deps, { type: 'wake' });
  }
}

async function attempt(deps: WorkerDeps, lease: Lease): Promise<void> {
  const job = lease.job();
  // An attempt that did not count gives its number to the next one, which may start while this one cleans up.
  const folders = foldersOf(deps.config.dataDir, `${job.id}-${job.fence}`);
  let run: Development | undefined;
  let left = false;
  try {
    await makeFolders(folders);
    run = await prepare(deps, lease, folders);
    await work(deps, run);
  } catch (error) {
    left = error instanceof ProcessesLeft;
    // As if this process had ended with it: what is recorded stands, and the next attempt goes on.
    if (error instanceof PublisherLost) throw error;
    await endAfterFailure(deps, { lease, run, left }, error).catch((failure: unknown) =>
      leaveToOthers(deps, failure),
    );
  } finally {
    // What is still there could lead the removal elsewhere; its host takes both away.
    if (!left) await removeFolders(folders);
  }
}

/** Nothing is left to do for a job that was taken over meanwhile. Throws every other failure on. */
function leaveToOthers({ log }: WorkerDeps, failure: unknown): void {
  const lost = failure instanceof Stopped && failure.reason === 'lease_lost';
  if (!lost && !(failure instanceof ConditionFailed)) throw failure;
  log.warn({ err: failure }, 'the job belongs to another attempt');
}

async function work(deps: WorkerDeps, run: Development): Promise<void> {
  const { lease, folders } = run;
  if (run.request.plan) return await planPhase(deps, run);
  const changes =
    lease.job().phase === 'agent'
      ? await developPhase(deps, run)
      : await restoredChanges(deps, run);
  if (changes) await publishPhase(deps, run, changes);

  async function restoredChanges(deps: WorkerDeps, { watch }: Development) {
    await watch.time('workspace', async () => {
      await checkoutPhase(deps, run);
      await restorePhase(deps, lease, folders);
    });
    return collectChanges({ ...folders, baseSha: lease.job().base_sha });
  }
}

async function prepare(
  deps: WorkerDeps,
  lease: Lease,
  folders: Development['folders'],
): Promise<Development> {
  const job = lease.job();
  const stored = await deps.requests.get(job.request_id);
  if (!stored) throw new Error('The request of a job is missing');
  const prompt = (await deps.bucket.get(stored.prompt)).toString('utf8');
  const hidden = toldInPrivate(stored, job);
  const request = hidden ? { ...stored, prompt_excerpt: '' } : stored;
  const shown = hidden
    ? saidInPrivate
    : deps.redactor.redact(stored.untold ? stored.prompt_excerpt : prompt);
  const settings = await jobSettings(deps, job);
  const thread = createThreadRecorder(lease.job, request, shown);
  if (job.phase === 'publish' && job.thread) {
    const before = Thread.parse(JSON.parse((await deps.bucket.get(job.thread)).toString('utf8')));
    for (const event of before.events) thread.add(event);
  }
  const watch = createStopwatch(job.timings_ms, deps.now);
  const commits = openCommits(folders.gitDir);
  const reached = createStages(deps, job);
  reached('claimed');
  return { lease, folders, commits, request, settings, prompt, thread, watch, reached };
}

/** What stands for the prompt in a thread that more people can read than the prompt. */
const saidInPrivate = 'The prompt was written in a private repository.';

type Failed = Readonly<{
  lease: Lease;
  /** Undefined when the attempt could not even be prepared. */
  run: Development | undefined;
  /** Whether processes of tools are still there. */
  left: boolean;
}>;

async function endAfterFailure(
  deps: WorkerDeps,
  { lease, run, left }: Failed,
  error: unknown,
): Promise<void> {
  const decision = decideFailure({
    error,
    job: lease.job(),
    retryMs: deps.config.times.CODY_RETRY_MS,
    publishing: lease.job().state === 'publishing',
    ageMs: deps.now() - (lease.job().started_at ?? deps.now()),
    longestWaitMs: deps.config.times.CODY_LONGEST_WAIT_MS,
    longestPublishMs: deps.config.times.CODY_LONGEST_PUBLISH_MS,
  });
  switch (decision.type) {
    case 'leave':
      deps.log.warn({ err: error }, 'the job belongs to another attempt');
      return;
    case 'again': {
      deps.log.warn({ err: error }, 'the job goes back into the queue');
      const notBefore = deps.now() + jittered(decision.afterMs, deps.random());
      await deps.jobs.requeue(lease.job(), {
        notBefore,
        waitingFor: decision.waitingFor,
        ...(decision.because ? { because: decision.because } : {}),
      });
      return;
    }
    case 'end': {
      const { state, cause, defect } = decision;
      deps.log[defect ? 'error' : 'warn']({ err: error, cause: cause.code }, 'the job ends');
      const last = run ? await lastWords(deps, run, { state, cause, left }) : {};
      await lease.move(state, { cause, ...last });
    }
  }
}

/** The sweep repairs what is not sent here. */
async function tell(deps: WorkerDeps, message: object): Promise<void> {
  try {
    await deps.outbox.send(message);
  } catch (error) {
    deps.log.warn({ err: error }, 'a message could not be sent');
  }
}
