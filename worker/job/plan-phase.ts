import { detectSandbox } from '../executor/sandbox.ts';
import { executorLimits } from '../executor/use.ts';
import { createCollector } from '../workspace/changes.ts';
import { agentPhase } from './agent-phase.ts';
import { checkoutPhase } from './checkout-phase.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import { endJob } from './end-job.ts';
import { cancelAfterAgent, decidePlanEnding } from './ending.ts';
import { iterationPhase } from './iteration-phase.ts';
import { logSandbox } from './log-sandbox.ts';
import { sandboxReason } from './repository-commands.ts';
import { storeThread } from './store-thread.ts';
import { withExecutor } from './with-executor.ts';

/**
 * For a request that only plans: checkout and an agent that reads, then the job's end. Nothing is set up, run or
 * verified, and whatever is in the work tree afterwards is thrown away. Throws as `developPhase` does.
 */
export async function planPhase(deps: WorkerDeps, run: Development): Promise<void> {
  const { lease, folders, watch, settings } = run;
  const pullRequest = await watch.time('workspace', () => iterationPhase(deps, run));
  await watch.time('workspace', () => checkoutPhase(deps, run));
  run.reached('workspace_ready');
  for (const text of settings.problems) run.thread.add({ type: 'notice', text });
  const sandbox = await detectSandbox(deps.config.policy);
  const collect = createCollector({ ...folders, baseSha: lease.job().base_sha });
  const { kind, shell } = sandbox;
  const { model, effort } = settings;
  await lease.record({ sandbox: { kind, shell, reason: sandboxReason(sandbox) }, model, effort });
  logSandbox(deps.log, sandbox);
  const limits = executorLimits(deps.config.policy.commands);
  lease.signal.throwIfAborted();
  const outcome = await watch.time('agent', () =>
    withExecutor({ folders, sandbox, limits, network: false, log: deps.log }, (executor) =>
      agentPhase(deps, { ...run, executor, checks: [], pullRequest, setupNote: '', collect }),
    ),
  );
  const cancelled = cancelAfterAgent(lease.signal);
  await endJob(deps, run, {
    ...decidePlanEnding({ outcome, cancelled, requestId: lease.job().request_id }),
    ...(outcome.submission ? { submission: outcome.submission } : {}),
    thread: await storeThread(deps, run.thread),
    timings_ms: watch.timings(),
  });
}
