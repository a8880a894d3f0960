import { TransientError } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { jittered } from '../../core/jittered.ts';
import type { Job } from '../../core/job.ts';
import type { LaunchSpec } from '../../core/launcher.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { Times } from '../../core/times.ts';
import { decideFailure } from '../../worker/job/failure.ts';
import type { Notify } from '../../app/notify.ts';
import type { Clock } from './clock.ts';
import type { GithubWrites } from './github-writes.ts';
import type { ModelShare } from './model-share.ts';
import { jobFacts } from './tiers.ts';

/** What one job will take, whoever works on it. */
export type Work = Readonly<{ minutes: number; costUsd: number }>;

type Deps = Readonly<{
  clock: Clock;
  jobs: JobStore;
  notify: Notify;
  model: ModelShare;
  github: GithubWrites;
  times: Times;
  random: () => number;
  workOf: (jobId: string) => Work;
  onClaim: (job: Job) => void;
  onPublish: (job: Job, tookMs: number) => void;
  onExit: (job: Job, aliveMs: number, taskArn: string) => void;
}>;

/** Longer than anything that is simulated: heartbeats are left out. */
const leaseMs = 24 * 3_600_000;

/** A worker of 20 s of patience (worker/job/publish-phase.ts). */
const patienceMs = 20_000;

/**
 * Workers by what they do to the table and to GitHub: claim, work for a time, publish write by write, end. A publication
 * that has to wait goes back into the queue as `decideFailure` says.
 */
export function createSimWorkers(deps: Deps) {
  const { clock, jobs } = deps;
  /** Writes of a publication that were made: another attempt goes on behind them. */
  const published = new Map<string, number>();
  const readyAt = new Map<string, number>();

  return async (spec: LaunchSpec, taskArn: string): Promise<void> => {
    const job = await jobs.claim({
      id: spec.jobId,
      attempt: spec.attempt,
      attemptKeySha256: sha256(spec.attemptKey),
      owner: taskArn,
      leaseMs,
    });
    if (!job) return;
    const bornAt = clock.now();
    deps.onClaim(job);
    await deps.notify.report(job.request_id, 'later');
    const exit = async (ended: Job) => {
      deps.onExit(ended, clock.now() - bornAt, taskArn);
      await deps.notify.report(ended.request_id, 'now');
      await deps.notify.wake();
    };
    if (job.state === 'publishing') return publish(job, exit);
    const { minutes, costUsd } = deps.workOf(job.id);
    deps.model.work(minutes, async () => {
      const cost_micro_usd = Math.round(Math.min(costUsd * 1e6, job.budget_micro_usd));
      const paid = await jobs.record(job, { cost_micro_usd });
      readyAt.set(job.id, clock.now());
      await publish(await jobs.move(paid, 'publishing', { phase: 'publish' }), exit);
    });
  };

  async function publish(job: Job, exit: (job: Job) => Promise<void>): Promise<void> {
    const done = published.get(job.id) ?? 0;
    if (done === jobFacts.plainWrites + jobFacts.publishWrites) {
      const ended = await jobs.move(job, 'pull_request', {
        cause: { code: 'completed', sentence: 'Done.' },
      });
      deps.onPublish(ended, clock.now() - (readyAt.get(job.id) ?? clock.now()));
      return exit(ended);
    }
    const content = done >= jobFacts.plainWrites;
    return deps.github.write(job.installation_id, { content, patienceMs }, async (answer) => {
      if (answer === 'made') {
        published.set(job.id, done + 1);
        return publish(job, exit);
      }
      return giveBack(job, answer.ms, exit);
    });
  }

  async function giveBack(job: Job, ms: number, exit: (job: Job) => Promise<void>): Promise<void> {
    const decision = decideFailure({
      error: new TransientError('github_unavailable', 'Too many writes.', { retryAfterMs: ms }),
      job,
      retryMs: deps.times.CODY_RETRY_MS,
      publishing: true,
      ageMs: clock.now() - (job.started_at ?? clock.now()),
      longestWaitMs: deps.times.CODY_LONGEST_WAIT_MS,
      longestPublishMs: deps.times.CODY_LONGEST_PUBLISH_MS,
    });
    if (decision.type !== 'again') throw new Error('A publication may always wait in a simulation');
    const { afterMs, waitingFor, because } = decision;
    const notBefore = clock.now() + jittered(afterMs, deps.random());
    await exit(
      await deps.jobs.requeue(job, { notBefore, waitingFor, ...(because ? { because } : {}) }),
    );
  }
}
