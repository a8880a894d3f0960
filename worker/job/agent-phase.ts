import type { Job, Submission } from '../../core/job.ts';
import type { JobSettings } from '../../core/repo-config/settings.ts';
import type { Request } from '../../core/request.ts';
import { type AgentOutcome, runAgent, type Tools } from '../agent/agent.ts';
import { createAnthropicModel } from '../agent/anthropic-model.ts';
import { AgentLimits } from '../agent/limits.ts';
import { readModelLimits } from '../agent/model-limits.ts';
import { planTask } from '../agent/plan-prompt.ts';
import { planTools } from '../agent/plan-tools.ts';
import type { FirstBlock } from '../agent/prompt.ts';
import type { EarlierRun, PullRequestView } from '../agent/pull-request-prompt.ts';
import { earlierRun } from '../iteration/earlier-runs.ts';
import type { Executor } from '../executor/executor.ts';
import type { Lease } from '../lease.ts';
import { changedPaths } from '../workspace/changed-paths.ts';
import type { Changes } from '../workspace/changes.ts';
import type { Commits } from '../workspace/commit.ts';
import { createNestedInstructions } from '../workspace/nested-instructions.ts';
import { takeSnapshot } from '../workspace/snapshot.ts';
import { aroundPrompt } from './around.ts';
import type { WorkerDeps } from './deps.ts';
import { firstBlocks } from './first-blocks.ts';
import type { Folders } from './folders.ts';
import { gateReport } from './gate-report.ts';
import { pinnedTools } from './pinned-tools.ts';
import { createSharedCache } from './shared-cache.ts';
import { once, type Reached } from './stages.ts';
import type { ThreadRecorder } from './thread-recorder.ts';
import { watchSpend } from './watch-spend.ts';

type Run = Readonly<{
  lease: Lease;
  folders: Folders;
  executor: Executor;
  request: Request;
  prompt: string;
  thread: ThreadRecorder;
  reached: Reached;
  settings: JobSettings;
  /** The repository's own checks, as far as they can run here. */
  checks: readonly string[];
  /** What the model is told about the pull request that the job works on. */
  pullRequest: PullRequestView | undefined;
  /** How set-up went, for the model. */
  setupNote: string;
  commits: Commits;
  /** Compares the work tree with the base commit. */
  collect: () => Promise<Changes>;
}>;

/** Runs the agent, or goes on where its journal stops. Throws Stopped when the hold on the job is gone. */
export async function agentPhase(deps: WorkerDeps, run: Run): Promise<AgentOutcome> {
  const { lease } = run;
  const job = lease.job();
  const apiKey = await deps.broker.modelKey(lease.signal);
  deps.redactor.register(apiKey);
  const model = { apiKey, baseURL: deps.config.anthropicBaseUrl };
  const { times } = deps.config;
  const limits = limitsOf(deps, run);
  const pauses = deps.pausesOf(apiKey);
  // Started while the key is paused: it tries for all, and goes back to wait with them.
  const waitsForSpendLimit = (await pauses.read()) !== undefined;
  const first = await firstMessage(deps, run, limits);
  return runAgent(
    {
      model: watchSpend(createAnthropicModel({ ...model, idleMs: times.CODY_MODEL_IDLE_MS }), {
        ...deps,
        pauses,
        probeMs: times.CODY_SPEND_PROBE_MS,
        onBegin: once(run.reached, 'first_token'),
      }),
      sharedCache: createSharedCache(
        { ...deps, warmMs: times.CODY_WARM_MS },
        { job, request: run.request, first },
      ),
      tools: toolsOf(run),
      journal: deps.journalOf(job),
      redact: deps.redactor.redact,
      onEvent: run.thread.add,
      // Commands that don't keep to their limits end the job, with a cause.
      signal: AbortSignal.any([lease.signal, run.executor.over]),
      now: deps.now,
      log: deps.log,
      limits,
      waitsForSpendLimit,
      ...(run.request.plan ? {} : watchTree(deps, run)),
      nestedInstructions: createNestedInstructions({
        ...run.commits(job.iteration?.trusted_sha ?? job.base_sha),
        root: '/workspace/repo',
      }),
    },
    {
      // Attempts that did not count share their number; the time between them is not worked.
      attempt: job.fence,
      model: job.model,
      effort: job.effort,
      base_sha: job.base_sha,
      model_limits: await readModelLimits({ ...model, model: job.model }),
      first,
    },
  );
}

/** A run that only plans reads, and changes nothing. */
function toolsOf({ executor, request }: Run): Tools {
  const tools: Tools = {
    catalog: pinnedTools,
    run: (call, signal) => executor.run(call, signal),
    remember: (files) => executor.remember(files),
  };
  return request.plan ? planTools(tools) : tools;
}

/** What the agent's loop does with the work tree. */
function watchTree(deps: WorkerDeps, { lease, folders, settings, checks, collect }: Run) {
  const { gitDir, workTree } = folders;
  const place = { gitDir, workTree, baseSha: lease.job().base_sha };
  const { paths, gate_blocks: blocks } = settings;
  const known = { redactor: deps.redactor, checks, paths, blocks };
  return {
    snapshot: async () => deps.bucket.put('snapshot', await takeSnapshot(place)),
    changedFiles: () => changedPaths(place),
    gate: async () => gateReport(await collect(), known),
    reviewer: settings.reviewer,
  };
}

function limitsOf({ config }: WorkerDeps, { settings, lease }: Run): AgentLimits {
  const { limits, budget_micro_usd: cap } = settings;
  const server = config.policy.limits;
  return AgentLimits.parse({
    max_turns: limits.turns,
    wall_clock_ms: Math.round(limits.minutes * 60_000),
    budget_micro_usd: Math.min(lease.job().budget_micro_usd, cap ?? Infinity),
    total_tokens: limits.tokens ?? server.tokens,
    compact_at_tokens: limits.compact_at_tokens,
    command_ms: Math.round((limits.command_minutes ?? server.command_minutes) * 60_000),
    retry: {
      budget_ms: config.times.CODY_MODEL_RETRY_MS,
      base_ms: Math.min(1_000, config.times.CODY_RETRY_MS),
      max_ms: 60_000,
    },
  });
}

async function firstMessage(
  deps: WorkerDeps,
  run: Run,
  limits: AgentLimits,
): Promise<readonly FirstBlock[]> {
  const job = run.lease.job();
  return firstBlocks({
    commits: run.commits,
    prompt: deps.redactor.redact(run.request.plan ? planTask(run.prompt) : run.prompt),
    ...(await aroundPrompt(deps, run)),
    approvedPlan: await approvedPlan(deps, run),
    continued: await continuedRun(deps, run),
    trustedSha: job.iteration?.trusted_sha,
    opensPullRequest: opensPullRequest(run.request, job),
    repository: `${job.repository.owner}/${job.repository.name}`,
    baseBranch: job.base_branch,
    baseSha: job.base_sha,
    date: new Date(run.request.created_at).toISOString().slice(0, 10),
    limits,
    setup: run.setupNote,
    paths: run.settings.paths,
  });
}

/** One that goes on with a pull request keeps its description. */
function opensPullRequest(request: Request, { iteration }: Job): boolean {
  return request.open_pull_request && !request.plan && !iteration?.own;
}

/** The plan that the job carries out, as it was handed in: it can't change after that. */
async function approvedPlan(deps: WorkerDeps, { lease }: Run): Promise<Submission | undefined> {
  const { approved_plan: id } = lease.job();
  if (id === undefined) return undefined;
  const planned = await deps.jobs.get(id);
  if (!planned?.submission) throw new Error('The approved plan of a job is missing');
  return planned.submission;
}

/** For a job that goes on with another one: its handoff. On a pull request it stands among the earlier runs. */
async function continuedRun(
  deps: WorkerDeps,
  run: Run,
): Promise<readonly EarlierRun[] | undefined> {
  const { continues: id, repository } = run.lease.job();
  if (id === undefined) return undefined;
  const { redact } = deps.redactor;
  return run.pullRequest
    ? []
    : earlierRun({ ...deps, redact }, { id, repository, logs: run.folders.logs });
}
