import { afterEach } from 'vitest';
import { Stopped } from '../../../../core/errors.ts';
import { type JournalEntry, JournalEntry as JournalEntrySchema } from '../../../../core/journal.ts';
import { limitsFromData } from '../../../../core/price.ts';
import type { Actor } from '../../../../local/standin/anthropic/actor.ts';
import {
  type AnthropicStandin,
  type StandinOptions,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import {
  type AgentDeps,
  type AgentOutcome,
  type AgentTask,
  runAgent,
} from '../../../../worker/agent/agent.ts';
import { createAnthropicModel } from '../../../../worker/agent/anthropic-model.ts';
import type { Money } from '../../../../worker/agent/journal.ts';
import { AgentLimits } from '../../../../worker/agent/limits.ts';
import { firstMessages } from '../../../../worker/agent/prompt.ts';
import { toolCatalog } from '../../../../worker/tools/catalog.ts';
import type { ToolResult } from '../../../../worker/tools/tool-result.ts';

export const apiKey = 'test-key-of-the-agent';

const open: AnthropicStandin[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((standin) => standin.close()));
});

/** A Messages API for one test, closed after it. */
export async function startModel(
  actor: Actor,
  options: Partial<StandinOptions> = {},
): Promise<AnthropicStandin> {
  const standin = await startAnthropicStandin({ apiKey, actor, ...options });
  open.push(standin);
  return standin;
}

/** The journal of a test: entries and the money that moved with them. It can die after so many appends. */
export type TestJournal = AgentDeps['journal'] &
  Readonly<{ entries: JournalEntry[]; money: (Money | undefined)[] }>;

export class Killed extends Error {}

export function testJournal(
  options: Readonly<{
    entries?: readonly JournalEntry[];
    dieAfter?: number;
    budget?: number;
  }> = {},
): TestJournal {
  // Through JSON, as a store would keep it.
  const entries: JournalEntry[] = structuredClone([...(options.entries ?? [])]);
  const money: (Money | undefined)[] = [];
  let left = options.budget ?? Number.POSITIVE_INFINITY;
  return {
    entries,
    money,
    read: async () => entries.map((entry) => JournalEntrySchema.parse(structuredClone(entry))),
    append: async (entry, moved) => {
      if (options.dieAfter !== undefined && money.length >= options.dieAfter) throw new Killed();
      if (moved?.type === 'reserve') {
        if (moved.micro_usd > left) throw new Stopped('limit', 'budget_exhausted', 'No budget');
        left -= moved.micro_usd;
      }
      if (moved?.type === 'settle') left += moved.reserved_micro_usd - moved.actual_micro_usd;
      entries.push(JSON.parse(JSON.stringify(entry)));
      money.push(moved);
    },
  };
}

export function textResult(text: string, over: Partial<ToolResult> = {}): ToolResult {
  return {
    content: [{ type: 'text', text }],
    is_error: false,
    mutated: false,
    duration_ms: 1,
    ...over,
  };
}

export const submission = {
  title: 'Fix the sum',
  summary: 'The sum was off by one.',
  changes: ['Fixed the loop'],
  verification: [{ command: 'node --test', outcome: 'passed' }],
  not_done: [],
  risks: [],
};

export const submitTurn = { toolUses: [{ name: 'submit', input: submission }] };

/** Tools that answer at once and remember their calls. */
export function testTools(
  answer: (call: { name: string; input: unknown }) => ToolResult | Promise<ToolResult> = (call) =>
    textResult(`${call.name} done`, { mutated: call.name === 'edit' || call.name === 'write' }),
) {
  const calls: { id: string; name: string; input: unknown }[] = [];
  return {
    calls,
    tools: {
      catalog: toolCatalog,
      run: async (call: { id: string; name: string; input: unknown }) => {
        calls.push(call);
        return await answer(call);
      },
    },
  };
}

export const fastRetry = { budget_ms: 5_000, base_ms: 1, max_ms: 4 };

export function testTask(over: Partial<AgentTask> = {}): AgentTask {
  return {
    attempt: 1,
    model: 'claude-sonnet-5-5',
    effort: 'high',
    base_sha: 'a'.repeat(40),
    model_limits: limitsFromData('claude-sonnet-5-5'),
    first: firstMessages({
      prompt: 'Fix the sum.',
      issue: {
        number: 7,
        title: 'Sum is wrong',
        body: 'It is off by one.',
        author: 'requester',
        url: 'https://example.com/7',
      },
      repository: 'acme/calculator',
      baseBranch: 'main',
      baseSha: 'a'.repeat(40),
      date: '2026-11-22',
      limits: { max_turns: 150, wall_clock_ms: 2_700_000, budget_micro_usd: 2_000_000 },
      instructions: [{ path: 'AGENTS.md', text: 'Use two spaces.' }],
      overview: '3 files, TypeScript',
    }),
    ...over,
  };
}

export type Run = Readonly<{
  standin: AnthropicStandin;
  journal?: TestJournal;
  tools?: ReturnType<typeof testTools>;
  deps?: Partial<Omit<AgentDeps, 'limits'>>;
  limits?: Partial<AgentLimits>;
  task?: Partial<AgentTask>;
  idleMs?: number;
}>;

/** Runs the agent against the stand-in over the wire. */
export async function run(options: Run): Promise<AgentOutcome> {
  const tools = options.tools ?? testTools();
  return await runAgent(
    {
      model: createAnthropicModel({
        apiKey,
        baseURL: options.standin.url,
        idleMs: options.idleMs ?? 30_000,
      }),
      tools: tools.tools,
      journal: options.journal ?? testJournal(),
      redact: (text) => text,
      onEvent: () => undefined,
      signal: new AbortController().signal,
      now: Date.now,
      log: { info: () => undefined, warn: () => undefined },
      random: () => 0,
      limits: AgentLimits.parse({
        budget_micro_usd: 2_000_000,
        retry: fastRetry,
        ...options.limits,
      }),
      ...options.deps,
    },
    testTask(options.task),
  );
}

/** The bodies of the message requests that the stand-in got, as text of what the model sees. */
export function sentMessages(standin: AnthropicStandin): string[] {
  return standin
    .requests()
    .filter((request) => request.path === '/v1/messages')
    .map((request) => JSON.stringify(Object(request.body).messages));
}
