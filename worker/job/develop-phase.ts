import type { Cause } from '../../core/cause.ts';
import type { Iteration, Verification } from '../../core/job.ts';
import type { AgentOutcome } from '../agent/agent.ts';
import { ProcessesLeft } from '../executor/end-all.ts';
import { detectSandbox, type Sandbox } from '../executor/sandbox.ts';
import { executorLimits } from '../executor/use.ts';
import { type Changes, createCollector } from '../workspace/changes.ts';
import { detectCommands, type RepositoryCommands } from '../workspace/detect-commands.ts';
import { takeSnapshot } from '../workspace/snapshot.ts';
import { agentPhase } from './agent-phase.ts';
import { checkoutPhase, restorePhase } from './checkout-phase.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import { endJob } from './end-job.ts';
import { cancelAfterAgent, decideEnding, stoppedCause } from './ending.ts';
import type { CommandsResult, Tell } from './harness-command.ts';
import { iterationPhase } from './iteration-phase.ts';
import { type CommandRun, sandboxReason, setUp, setupNote, verify } from './repository-commands.ts';
import { logSandbox } from './log-sandbox.ts';
import { storeThread } from './store-thread.ts';
import { withExecutor } from './with-executor.ts';

/**
 * Checkout, set-up, agent, verification; then everything that a publication needs is stored and the job moves to
 * `publishing`, or to its end when there is nothing to publish. Returns the changes, or undefined at the end.
 */
export async function developPhase(
  deps: WorkerDeps,
  run: Development,
): Promise<Changes | undefined> {
  const { lease, folders, watch } = run;
  const pullRequest = await watch.time('workspace', () => iterationPhase(deps, run));
  await watch.time('workspace', () => checkoutPhase(deps, run));
  run.reached('workspace_ready');
  const { iteration, base_sha } = lease.job();
  const { settings, commits } = run;
  const trusted = commits(iteration?.trusted_sha ?? base_sha);
  const wanted = forHead(await detectCommands(trusted, settings), iteration);
  const collect = createCollector({ ...folders, baseSha: base_sha });
  for (const text of [...settings.problems, ...wanted.notes]) {
    run.thread.add({ type: 'notice', text });
  }
  const sandbox = await detectSandbox(deps.config.policy);
  const { model, effort } = settings;
  await lease.record({ sandbox: sandboxWords(sandbox), model, effort });
  logSandbox(deps.log, sandbox);

  const limits = executorLimits(deps.config.policy.commands);
  const commands = commandsOf(deps, run, { wanted, sandbox, limits });
  const setup = await prepare(deps, run, commands);
  lease.signal.throwIfAborted();
  const outcome = await watch.time('agent', () =>
    withExecutor({ folders, sandbox, limits, network: false, log: deps.log }, (executor) =>
      agentPhase(deps, {
        ...run,
        executor,
        checks: sandbox.shell ? wanted.verify : [],
        pullRequest,
        setupNote: setupNote(wanted, setup),
        collect,
      }),
    ),
  );
  const changes = await collect();
  // Kept before the verification, whose own files are not part of the work.
  const kept = changes.changes.length > 0 ? await keepPatch(deps, run, changes) : {};
  const verification = await watch.time('verify', () =>
    verify({ ...commands, changedFiles: changes.changes.length }),
  );
  const cancelled = cancelAfterAgent(lease.signal);
  const stopped = cancelled ?? stoppedCause(outcome);
  return finish(deps, run, { outcome, stopped, changes, kept, verification });
}

/** Set-up has the network, and what it installs is named by the head: it never runs for a fork's. */
function forHead(wanted: RepositoryCommands, iteration: Iteration | undefined): RepositoryCommands {
  if (!iteration?.fork || wanted.setup.length === 0) return wanted;
  const note = "Set-up does not run, because the pull request's head is in a fork.";
  return { ...wanted, setup: [], notes: [...wanted.notes, note] };
}

/** Set-up, and then the work that was done before: also when set-up is cut off, so that it is kept with the end. */
async function prepare(
  deps: WorkerDeps,
  { lease, folders, watch }: Development,
  commands: CommandRun,
): Promise<CommandsResult> {
  const restore = () => watch.time('workspace', () => restorePhase(deps, lease, folders));
  const setup = await watch
    .time('setup', () => setUp(commands))
    .catch(async (error: unknown) => {
      // git writes by paths: not while something else may write there too.
      if (!(error instanceof ProcessesLeft)) await restore();
      throw error;
    });
  await restore();
  return setup;
}

function commandsOf(
  deps: WorkerDeps,
  { folders, lease, thread }: Development,
  place: Pick<CommandRun, 'wanted' | 'sandbox' | 'limits'>,
): CommandRun {
  const { redact } = deps.redactor;
  const { signal } = lease;
  const commandLog = deps.commandLogOf(lease.job());
  const tell: Tell = async (at, event) => {
    try {
      await commandLog.tell(at, event);
    } catch (error) {
      // The thread gets it at the end all the same, and a lost hold is for the lease to find.
      deps.log.warn({ err: error }, 'what a command said was not shown at once');
    }
  };
  return { ...place, folders, redact, onEvent: thread.add, tell, signal, log: deps.log };
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
    keptFromFork: lease.job().iteration?.fork === true && request.draft === undefined,
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
    await endJob(deps, run, { ...record, state: 'cancelled', cause: stopped });
    return undefined;
  }
  if (ending.type === 'end') {
    await endJob(deps, run, { ...record, state: ending.state, cause: ending.cause });
    return undefined;
  }
  await lease.move('publishing', { ...record, phase: 'publish', outcome: ending.cause });
  return changes;
}

/**
 * Stores the diff and the work tree and returns the pointers. Written to the job at once: whatever goes wrong from
 * here on, the patch is not lost.
 */
export async function keepPatch(
  deps: WorkerDeps,
  { lease, folders }: Development,
  changes: Changes,
) {
  const place = { ...folders, baseSha: lease.job().base_sha, tree: changes.tree };
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
