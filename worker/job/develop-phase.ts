import type { Cause } from '../../core/cause.ts';
import type { JobState, Verification } from '../../core/job.ts';
import type { JobChange } from '../../core/store/job-store.ts';
import type { AgentOutcome } from '../agent/agent.ts';
import { type Executor, type ExecutorOptions, startExecutor } from '../executor/executor.ts';
import { ExecutorStartError } from '../executor/executor-process.ts';
import { TransientError } from '../../core/errors.ts';
import { detectSandbox, type Sandbox } from '../executor/sandbox.ts';
import { type Changes, collectChanges } from '../workspace/changes.ts';
import { type RepoConfig, readRepoConfig } from '../workspace/repo-config.ts';
import { takeSnapshot } from '../workspace/snapshot.ts';
import { agentPhase } from './agent-phase.ts';
import { checkoutPhase } from './checkout-phase.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import { cancelAfterAgent, decideEnding } from './ending.ts';
import { type CommandsResult, runHarnessCommands } from './harness-command.ts';
import { threadCheck } from './publish-phase.ts';
import { storeThread } from './store-thread.ts';

const commandTimeoutMs = 15 * 60_000;

/**
 * Checkout, set-up, agent, verification; then everything that a publication needs is stored and the job moves to
 * `publishing`, or to its end when there is nothing to publish. Returns the changes, or undefined at the end.
 */
export async function developPhase(
  deps: WorkerDeps,
  run: Development,
): Promise<Changes | undefined> {
  const { lease, folders, watch } = run;
  await watch.time('workspace', () => checkoutPhase(deps, lease, folders));
  const config = await readRepoConfig({ gitDir: folders.gitDir, sha: lease.job().base_sha });
  for (const text of config.problems) run.thread.add({ type: 'notice', text });
  const sandbox = await detectSandbox();
  await lease.record({ sandbox: sandboxWords(sandbox) });

  const setup = await watch.time('setup', () => setUp(deps, run, { config, sandbox }));
  lease.signal.throwIfAborted();
  const outcome = await watch.time('agent', () =>
    withExecutor(deps, { run, sandbox, network: false }, (executor) =>
      agentPhase(deps, { ...run, executor, setupNote: setupNote(config, setup) }),
    ),
  );
  const changes = await collectChanges({ ...folders, baseSha: lease.job().base_sha });
  // Kept before the verification, whose own files are not part of the work.
  const kept = changes.changes.length > 0 ? await keepPatch(deps, run, changes) : {};
  const verification = await watch.time('verify', () =>
    verify(deps, run, { config, sandbox, changes }),
  );
  const cancelled = cancelAfterAgent(lease.signal);
  const stopped = cancelled ?? stoppedCause(outcome);
  return finish(deps, run, { outcome, stopped, changes, kept, verification });
}

type Place = Readonly<{ run: Development; sandbox: Sandbox; network: boolean }>;

async function withExecutor<T>(
  deps: WorkerDeps,
  { run: { folders }, sandbox, network }: Place,
  work: (executor: Executor) => Promise<T>,
): Promise<T> {
  const options: ExecutorOptions = {
    workTree: folders.workTree,
    logs: folders.logs,
    scratch: folders.scratch,
    log: deps.log,
    sandbox,
    network,
  };
  const executor = await startExecutor(options).catch(notStarted);
  try {
    return await work(executor);
  } finally {
    await executor.close();
  }
}

/** The machine may have been short of something for a moment: the next attempt tries again. */
function notStarted(error: unknown): never {
  if (!(error instanceof ExecutorStartError)) throw error;
  throw new TransientError('internal_error', 'The tool process did not start', { cause: error });
}

type Commands = Readonly<{ config: RepoConfig; sandbox: Sandbox }>;

/** With network and without secrets, before the first model call; its failure does not stop the job. */
async function setUp(
  deps: WorkerDeps,
  run: Development,
  { config, sandbox }: Commands,
): Promise<CommandsResult> {
  if (config.setup.length === 0) return { results: [] };
  if (!sandbox.shell) return { results: [], couldNotRun: sandboxReason(sandbox) };
  return withExecutor(deps, { run, sandbox, network: true }, (executor) =>
    runHarnessCommands({ ...harness(deps, run), executor, kind: 'setup', commands: config.setup }),
  );
}

function harness(deps: WorkerDeps, { lease, thread }: Development) {
  return {
    timeoutMs: commandTimeoutMs,
    redact: deps.redactor.redact,
    onEvent: thread.add,
    signal: lease.signal,
    log: deps.log,
  };
}

function setupNote(config: RepoConfig, setup: CommandsResult): string {
  if (config.setup.length === 0) return '';
  if (setup.couldNotRun) return `Set-up did not run: ${setup.couldNotRun}`;
  return setup.results
    .map((result) => `\`${result.command}\` ended with exit code ${result.exit_code ?? 'none'}.`)
    .join('\n');
}

type Work = Commands & Readonly<{ changes: Changes }>;

async function verify(deps: WorkerDeps, run: Development, work: Work): Promise<Verification> {
  const { config, sandbox, changes } = work;
  const cancelled = run.lease.signal.aborted;
  if (config.verify.length === 0) {
    const reason = sandbox.shell ? {} : { reason: sandboxReason(sandbox) };
    return { status: sandbox.shell ? 'none' : 'could_not_run', ...reason, commands: [] };
  }
  if (changes.changes.length === 0 || cancelled) return { status: 'none', commands: [] };
  if (!sandbox.shell) {
    return { status: 'could_not_run', reason: sandboxReason(sandbox), commands: [] };
  }
  const { results, couldNotRun } = await withExecutor(
    deps,
    { run, sandbox, network: false },
    (executor) =>
      runHarnessCommands({
        ...harness(deps, run),
        executor,
        kind: 'verification',
        commands: config.verify,
      }),
  );
  // A command that was cut off by a cancel says nothing about the work.
  if (run.lease.signal.aborted) return { status: 'none', commands: [] };
  if (couldNotRun) return { status: 'could_not_run', reason: couldNotRun, commands: [...results] };
  const green = results.every((result) => result.exit_code === 0);
  return { status: green ? 'green' : 'red', commands: [...results] };
}

type Result = Readonly<{
  outcome: AgentOutcome;
  /** Set when the agent did not come to its own end. */
  stopped: Cause | undefined;
  changes: Changes;
  kept: Awaited<ReturnType<typeof keepPatch>> | Readonly<Record<string, never>>;
  verification: Verification;
}>;

async function finish(
  deps: WorkerDeps,
  run: Development,
  { outcome, stopped, changes, verification, ...result }: Result,
): Promise<Changes | undefined> {
  const { lease, request, watch } = run;
  const ending = decideEnding({
    changedFiles: changes.changes.length,
    openPullRequest: request.open_pull_request,
    ...(stopped ? { stopped } : {}),
  });
  const record = {
    verification,
    ...(outcome.submission ? { submission: outcome.submission } : {}),
    ...result.kept,
    thread: await storeThread(deps, run.thread),
    timings_ms: watch.timings(),
  };
  if (stopped?.code === 'cancelled_by_user') {
    await end(deps, run, { ...record, state: 'cancelled', cause: stopped });
    return undefined;
  }
  if (ending.type === 'end') {
    await end(deps, run, { ...record, state: ending.state, cause: ending.cause });
    return undefined;
  }
  await lease.move('publishing', { ...record, phase: 'publish', outcome: ending.cause });
  return changes;
}

type End = JobChange & Readonly<{ state: JobState; cause: Cause }>;

async function end(deps: WorkerDeps, run: Development, { state, ...change }: End): Promise<void> {
  await run.lease.record(change);
  await threadCheck(deps, run, { state, cause: change.cause });
  await run.lease.move(state, change);
}

/** A limit that made the agent submit counts as a stop: what it handed in may be unfinished. */
function stoppedCause(outcome: AgentOutcome): Cause | undefined {
  return outcome.type === 'stopped' ? outcome.cause : outcome.forced;
}

/** Written to the job at once: whatever goes wrong from here on, the patch is not lost. */
/** Stores the diff and the work tree; returns the pointers. */
export async function keepPatch(
  deps: WorkerDeps,
  { lease, folders }: Development,
  changes: Changes,
) {
  const place = { ...folders, baseSha: lease.job().base_sha };
  const kept = {
    patch: await deps.bucket.put('patch', changes.diff),
    snapshot: await deps.bucket.put('snapshot', await takeSnapshot(place)),
  };
  await lease.record(kept);
  return kept;
}

function sandboxWords(sandbox: Sandbox) {
  return { kind: sandbox.kind, shell: sandbox.shell, reason: sandboxReason(sandbox) };
}

function sandboxReason(sandbox: Sandbox): string {
  return sandbox.missingPackage
    ? `${sandbox.reason} Install the Debian package ${sandbox.missingPackage} on the machine that runs workers to have commands run.`
    : sandbox.reason;
}
