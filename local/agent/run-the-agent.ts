import { type AgentOutcome, runAgent, type Tools } from '../../worker/agent/agent.ts';
import { createAnthropicModel } from '../../worker/agent/anthropic-model.ts';
import { AgentLimits } from '../../worker/agent/limits.ts';
import { readModelLimits } from '../../worker/agent/model-limits.ts';
import { planTask } from '../../worker/agent/plan-prompt.ts';
import { planTools } from '../../worker/agent/plan-tools.ts';
import type { Executor } from '../../worker/executor/executor.ts';
import { firstBlocks } from '../../worker/job/first-blocks.ts';
import { gateReport } from '../../worker/job/gate-report.ts';
import { pinnedTools } from '../../worker/job/pinned-tools.ts';
import { changedPaths } from '../../worker/workspace/changed-paths.ts';
import { createCollector } from '../../worker/workspace/changes.ts';
import { openCommits } from '../../worker/workspace/commit.ts';
import { createNestedInstructions } from '../../worker/workspace/nested-instructions.ts';
import { takeSnapshot } from '../../worker/workspace/snapshot.ts';
import type { WorkTree } from '../../worker/workspace/work-tree.ts';
import { defaultSettings } from './folder-settings.ts';
import type { OpenRun } from './open-run.ts';
import { pausedTime } from './paused-time.ts';
import type { RunRecord } from './run-record.ts';
import type { WorkDeps } from './work.ts';

type Place = WorkTree &
  Readonly<{ executor: Executor; setupNote: string; checks: readonly string[] }>;

/** Runs the agent on the copy, or goes on where its journal stops. Throws the signal's reason when it is stopped. */
export async function runTheAgent(
  deps: WorkDeps,
  { record, journal, objects }: OpenRun,
  { executor, setupNote, checks, ...place }: Place,
): Promise<AgentOutcome> {
  const { progress } = deps;
  const { paths, reviewer } = record.settings ?? defaultSettings();
  const commits = openCommits(place.gitDir);
  const collect = createCollector(place);
  const entries = await journal.read();
  const limits = limitsOf(record, pausedTime(entries, deps.now()));
  return runAgent(
    {
      model: progress.watchModel(createAnthropicModel(deps.model)),
      tools: progress.watchTools(toolsOf(record, executor)),
      journal,
      redact: deps.redact,
      onEvent: progress.event,
      signal: deps.signal,
      now: deps.now,
      log: deps.log,
      limits,
      snapshot: async () => objects.put(await takeSnapshot(place)),
      changedFiles: () => changedPaths(place),
      // A plan has no diff that could be held against it.
      ...(record.plan ? {} : { gate: async () => gateReport(await collect(), { checks, paths }) }),
      reviewer: reviewer && !record.plan,
      nestedInstructions: createNestedInstructions({
        ...commits(place.baseSha),
        root: '/workspace/repo',
      }),
    },
    {
      attempt: (entries.at(-1)?.attempt ?? 0) + 1,
      model: record.model,
      effort: record.effort,
      base_sha: place.baseSha,
      model_limits: await readModelLimits({ ...deps.model, model: record.model }),
      first: await firstBlocks({
        commits,
        prompt: record.plan ? planTask(record.prompt) : record.prompt,
        repository: record.name,
        baseBranch: record.branch,
        baseSha: place.baseSha,
        date: new Date(record.created_at).toISOString().slice(0, 10),
        limits,
        setup: setupNote,
        paths,
      }),
    },
  );
}

function toolsOf(record: RunRecord, executor: Executor): Tools {
  const tools: Tools = {
    catalog: pinnedTools,
    run: (call, signal) => executor.run(call, signal),
    remember: (files) => executor.remember(files),
  };
  return record.plan ? planTools(tools) : tools;
}

/** The time in which nobody worked on the run is not part of its minutes. */
function limitsOf(record: RunRecord, pausedMs: number): AgentLimits {
  const { limits } = record.settings ?? defaultSettings();
  return AgentLimits.parse({
    max_turns: record.turns,
    wall_clock_ms: Math.round(record.minutes * 60_000) + pausedMs,
    budget_micro_usd: record.budget_micro_usd,
    total_tokens: limits.tokens,
    compact_at_tokens: limits.compact_at_tokens,
    command_ms: Math.round((limits.command_minutes ?? 10) * 60_000),
  });
}
