import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openFileJournal } from '../../../../local/agent/file-journal.ts';
import { createRunObjects } from '../../../../local/agent/run-objects.ts';
import { type AgentDeps, runAgent } from '../../../../worker/agent/agent.ts';
import { createAnthropicModel } from '../../../../worker/agent/anthropic-model.ts';
import type { Journal } from '../../../../worker/agent/journal.ts';
import { AgentLimits } from '../../../../worker/agent/limits.ts';
import type { ExecutorReply } from '../../../../worker/executor/protocol.ts';
import { createService } from '../../../../worker/executor/serve.ts';
import { gateReport } from '../../../../worker/job/gate-report.ts';
import { toolCatalog } from '../../../../worker/tools/catalog.ts';
import { changedPaths } from '../../../../worker/workspace/changed-paths.ts';
import { collectChanges } from '../../../../worker/workspace/changes.ts';
import { restoreSnapshot, takeSnapshot } from '../../../../worker/workspace/snapshot.ts';
import { writeWorkTree } from '../../../../worker/workspace/work-tree.ts';

/**
 * Attempts of runs, one after another in a process of its own, which ends itself by SIGKILL at a boundary of the journal. What an
 * attempt finds is what a worker finds: the journal, the stored objects, and a fresh checkout.
 */
const Attempt = z.object({
  url: z.string(),
  /** Holds the journal, the objects and each attempt's folders. */
  folder: z.string(),
  /** A checkout, with `git` and `repo`, that every attempt gets a copy of. */
  checkout: z.string(),
  sha: z.string(),
  attempt: z.number().int(),
  die: z.object({ at: z.number().int(), when: z.enum(['before', 'after']) }).nullable(),
});
type Attempt = z.infer<typeof Attempt>;

const LIMITS = AgentLimits.parse({
  budget_micro_usd: 5_000_000,
  compact_at_tokens: 5_000,
  compact_keep_tokens: 1_000,
});

for (const attempt of z.array(Attempt).parse(JSON.parse(process.argv[2] ?? ''))) {
  process.stdout.write(`${JSON.stringify(await runAttempt(attempt))}\n`);
}

async function runAttempt(attempt: Attempt) {
  const path = join(attempt.folder, 'journal.jsonl');
  const file = await openFileJournal(path, LIMITS.budget_micro_usd);
  const objects = createRunObjects(join(attempt.folder, 'objects'));
  const place = await freshPlace(attempt);
  const entries = await file.read();
  const last = entries.findLast((entry) => entry.type === 'workspace');
  if (last) await restoreSnapshot(place, await objects.get(last.pointer));
  const outcome = await runAgent(
    {
      model: createAnthropicModel({ apiKey: 'test-key-of-the-agent', baseURL: attempt.url }),
      tools: { catalog: toolCatalog, ...toolsIn(place) },
      journal: mortal(file, attempt.die),
      redact: (text) => text,
      onEvent: () => undefined,
      signal: new AbortController().signal,
      now: Date.now,
      log: { info: () => undefined, warn: () => undefined },
      limits: LIMITS,
      snapshot: async () => objects.put(await takeSnapshot(place)),
      changedFiles: () => changedPaths(place),
      gate: async () => gateReport(await collectChanges(place), { checks: ['sh check.sh'] }),
      reviewer: true,
    },
    {
      attempt: attempt.attempt,
      model: 'claude-sonnet-5-5',
      effort: 'high',
      base_sha: attempt.sha,
      model_limits: {
        max_input_tokens: 200_000,
        max_output_tokens: 16_000,
        capabilities: { adaptive_thinking: true, effort: true, compaction: true },
      },
      first: [
        { text: '<task>\nMake it three.\n</task>', breakpoint: true },
        { text: 'Begin.', breakpoint: false },
      ],
    },
  );
  const { tree } = await writeWorkTree(place, 1_000_000);
  await file.close();
  return { type: outcome.type, turns: outcome.turns, tree };
}

async function freshPlace({ folder, checkout, attempt: number, sha }: Attempt) {
  const root = join(folder, `attempt-${number}`);
  await cp(checkout, root, { recursive: true, preserveTimestamps: true });
  for (const name of ['logs', 'scratch']) await mkdir(join(root, name));
  const at = (name: string) => join(root, name);
  return {
    gitDir: at('git'),
    workTree: at('repo'),
    baseSha: sha,
    logs: at('logs'),
    scratch: at('scratch'),
  };
}

/** The executor's own service without its process: it would not outlive this one anyway. */
function toolsIn(
  folders: Awaited<ReturnType<typeof freshPlace>>,
): Omit<AgentDeps['tools'], 'catalog'> {
  const waiting = new Map<string, (reply: ExecutorReply) => void>();
  const setup = {
    repo: folders.workTree,
    logs: folders.logs,
    scratch: folders.scratch,
    path: process.env['PATH'] ?? '',
    shell_off: null,
  };
  const service = createService(setup, (reply) => {
    if ('id' in reply) waiting.get(reply.id)?.(reply);
  });
  const ask = (request: Parameters<typeof service.handle>[0]) =>
    new Promise<ExecutorReply>((resolve) => {
      waiting.set(request.id, resolve);
      void service.handle(request);
    });
  return {
    run: async ({ id, name, input }) => {
      const reply = await ask({ type: 'run', id, call_id: id, name, input });
      if (reply.type !== 'result') throw new Error('Not a result');
      return reply.result;
    },
    remember: async (files) => {
      await ask({ type: 'seen', id: 'seen', files: [...files] });
    },
  };
}

function mortal(journal: Journal, die: Attempt['die']): Journal {
  const end = (seq: number, when: 'before' | 'after') => {
    if (die?.at === seq && die.when === when) process.kill(process.pid, 'SIGKILL');
  };
  return {
    read: journal.read,
    append: async (entry, money) => {
      end(entry.seq, 'before');
      await journal.append(entry, money);
      end(entry.seq, 'after');
    },
  };
}
