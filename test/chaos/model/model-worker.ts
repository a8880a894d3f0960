import type { Bucket } from '../../../core/bucket.ts';
import { ConditionFailed, Stopped } from '../../../core/errors.ts';
import type { Github } from '../../../core/github/octokit.ts';
import { sha256 } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import { limitsFromData } from '../../../core/price.ts';
import type { LaunchSpec } from '../../../core/launcher.ts';
import { silentLog } from './silent-log.ts';
import type { Outbox } from '../../../core/queue.ts';
import type { Request } from '../../../core/request.ts';
import type { JobStore } from '../../../core/store/job-store.ts';
import { createJournalStore } from '../../../core/store/journal-store.ts';
import type { Table } from '../../../core/store/table.ts';
import type { Times } from '../../../core/times.ts';
import { runAgent } from '../../../worker/agent/agent.ts';
import { AgentLimits } from '../../../worker/agent/limits.ts';
import type { ModelCall } from '../../../worker/agent/model-call.ts';
import { cancelAfterAgent, decideEnding, stoppedCause } from '../../../worker/job/ending.ts';
import { decideFailure } from '../../../worker/job/failure.ts';
import { holdLease, type Lease } from '../../../worker/lease.ts';
import { publish } from '../../../worker/publish/publish.ts';
import { toolCatalog } from '../../../worker/tools/catalog.ts';
import type { Changes } from '../../../worker/workspace/changes.ts';
import { baseSha, baseTree, treeSha } from './fake-github.ts';

export type ModelWorkerPorts = Readonly<{
  table: Table;
  /** The jobs with effects; heartbeats go on by themselves. */
  jobs: JobStore;
  bucket: Bucket;
  /** To the jobs queue, the one that workers may send to. */
  outbox: Outbox;
  github: Github;
  model: ModelCall;
  request: (id: string) => Promise<Request | undefined>;
  times: Times;
  now: () => number;
  /** Gets the hold on the job and what beats for it. */
  onLease: (lease: Lease, beat: () => void) => void;
  /** Hears of what nobody foresaw. */
  onDefect: (error: unknown) => void;
}>;

/**
 * One attempt of a job as the worker runs it, with everything real but git and the executor: claim, lease, agent with
 * its journal, publication, and the decision about what failed.
 */
export async function modelWorker(ports: ModelWorkerPorts, spec: LaunchSpec): Promise<void> {
  const { jobs, outbox, times } = ports;
  const claimed = await jobs.claim({
    id: spec.jobId,
    attempt: spec.attempt,
    attemptKeySha256: sha256(spec.attemptKey),
    owner: `${spec.jobId}#${spec.attempt}`,
    leaseMs: times.CODY_LEASE_MS,
  });
  if (!claimed) return;
  const lease = hold(ports, claimed);
  await outbox.send({ type: 'report', request_id: claimed.request_id }).catch(() => undefined);
  try {
    await work(ports, lease).catch((error: unknown) => endAfterFailure(ports, lease, error));
  } finally {
    lease.release();
    await outbox.send({ type: 'report', request_id: claimed.request_id }).catch(() => undefined);
    await outbox.send({ type: 'wake' }).catch(() => undefined);
  }
}

/** The lease's own timer is taken out of the clock's hands, so that it beats in the run's time. */
function hold(ports: ModelWorkerPorts, job: Job): Lease {
  const { setInterval: real } = globalThis;
  const beats: (() => void)[] = [];
  globalThis.setInterval = ((run: () => void) => {
    beats.push(run);
    return 0;
  }) as unknown as typeof setInterval;
  try {
    const { CODY_LEASE_MS: leaseMs, CODY_HEARTBEAT_MS: heartbeatMs } = ports.times;
    const lease = holdLease({ ...ports, job, leaseMs, heartbeatMs, log: silentLog });
    ports.onLease(lease, () => beats.at(-1)?.());
    return lease;
  } finally {
    globalThis.setInterval = real;
  }
}

async function work(ports: ModelWorkerPorts, lease: Lease): Promise<void> {
  const request = await ports.request(lease.job().request_id);
  if (!request) throw new Error('The request of a job is missing');
  if (lease.job().phase === 'agent' && !(await develop(ports, lease, request))) return;
  await publishAll(ports, lease, request);
}

const submission = {
  title: 'Fix the sum',
  summary: 'The sum was off by one.',
  changes: ['Fixed the loop'],
  verification: [],
  not_done: [],
  risks: [],
};

/** The answers of the model, by how many it gave before. */
export const script = [
  { id: 'toolu_1', name: 'edit', input: { file_path: 'a.txt', old_string: 'a', new_string: 'b' } },
  { id: 'toolu_2', name: 'submit', input: submission },
] as const;

async function develop(ports: ModelWorkerPorts, lease: Lease, request: Request): Promise<boolean> {
  const job = lease.job();
  lease.signal.throwIfAborted();
  const outcome = await runAgent(
    {
      model: ports.model,
      tools: {
        catalog: toolCatalog,
        run: async () => ({
          content: [{ type: 'text', text: 'done' }],
          is_error: false,
          mutated: true,
          duration_ms: 1,
        }),
      },
      journal: createJournalStore(ports, job),
      redact: (text) => text,
      onEvent: () => undefined,
      signal: lease.signal,
      now: ports.now,
      log: silentLog,
      limits: AgentLimits.parse({
        budget_micro_usd: job.budget_micro_usd,
        retry: { budget_ms: 60_000, base_ms: 1, max_ms: 1 },
      }),
      random: () => 0,
    },
    {
      attempt: job.attempt,
      model: job.model,
      effort: job.effort,
      base_sha: job.base_sha,
      model_limits: limitsFromData(job.model),
      first: [{ text: 'Fix the sum.', breakpoint: true }],
    },
  );
  const patch = await ports.bucket.put('patch', `diff of ${job.id}`);
  await lease.record({ patch });
  const stopped = cancelAfterAgent(lease.signal) ?? stoppedCause(outcome);
  const record = { ...(outcome.submission ? { submission: outcome.submission } : {}), patch };
  if (stopped?.code === 'cancelled_by_user') {
    await lease.record({ ...record, cause: stopped });
    await lease.move('cancelled', { ...record, cause: stopped });
    return false;
  }
  const ending = decideEnding({
    changedFiles: outcome.submission ? 1 : 0,
    openPullRequest: request.open_pull_request,
    ...(stopped ? { stopped } : {}),
  });
  if (ending.type === 'end') {
    await lease.move(ending.state, { ...record, cause: ending.cause });
    return false;
  }
  await lease.move('publishing', { ...record, phase: 'publish', outcome: ending.cause });
  return true;
}

async function publishAll(ports: ModelWorkerPorts, lease: Lease, request: Request): Promise<void> {
  const job = (await ports.jobs.get(lease.job().id)) ?? lease.job();
  const outcome = await publish(
    {
      github: ports.github,
      fence: lease.fence,
      stop: lease.stop,
      record: async (patch) => {
        await lease.record(patch);
      },
      log: silentLog,
      retryDelayMs: 0,
      redactor: { redact: (text) => text, findSecrets: () => [], findCarried: () => undefined },
      serverUrl: 'https://github.example',
      renderBody: ({ branch }) => `Work of ${branch}`,
      renderCheck: ({ type }) => ({ title: type, summary: type }),
    },
    {
      job,
      request,
      settings: { labels: [], reviewers: [], paths: [], problems: [] },
      changes: changesOf(job),
      title: submission.title,
      body: submission.summary,
      verification: { status: 'none', commands: [] },
      limited: false,
      permissions: {},
    },
  );
  const cause = job.outcome ?? {
    code: 'completed' as const,
    sentence: 'The work is ready for review.',
  };
  const check = outcome.check_run ? { check_run: outcome.check_run } : {};
  if (outcome.type === 'pull_request') {
    const { pull_request, branch, commit_sha } = outcome;
    await lease.move('pull_request', { cause, pull_request, branch, commit_sha, ...check });
  } else if (outcome.type === 'patch') {
    await lease.move('patch', { cause: outcome.cause, ...check });
  }
}

function changesOf(job: Job): Changes {
  const content = Buffer.from(job.id);
  const path = 'a.txt';
  return {
    baseSha,
    baseTree,
    tree: treeSha([{ path, content: job.id }]),
    changes: [{ path, utf8: true, sha: sha256(job.id), status: 'added', mode: '100644', content }],
    diff: Buffer.from(''),
    stat: { files: 1, additions: 1, deletions: 0 },
    skipped: [],
  };
}

async function endAfterFailure(
  { jobs, times, now, onDefect }: ModelWorkerPorts,
  lease: Lease,
  error: unknown,
): Promise<void> {
  const decision = decideFailure({
    error,
    job: lease.job(),
    retryMs: times.CODY_RETRY_MS,
    publishing: lease.job().state === 'publishing',
    ageMs: now() - (lease.job().started_at ?? now()),
    longestWaitMs: times.CODY_LONGEST_WAIT_MS,
  });
  if (decision.type === 'end' && decision.defect) onDefect(error);
  try {
    if (decision.type === 'again') {
      await jobs.requeue(lease.job(), {
        notBefore: now() + decision.afterMs,
        waitingFor: decision.waitingFor,
        ...(decision.because ? { because: decision.because } : {}),
      });
    }
    if (decision.type === 'end') await lease.move(decision.state, { cause: decision.cause });
  } catch (failure) {
    const lost = failure instanceof Stopped && failure.reason === 'lease_lost';
    if (!lost && !(failure instanceof ConditionFailed)) throw failure;
  }
}
