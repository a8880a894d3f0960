import { z } from 'zod';
import type { RecordedResult } from '../../core/journal.ts';
import type { AgentDeps } from './agent-deps.ts';
import { limitCommand } from './limit-command.ts';
import { runDeadline } from './run-deadline.ts';
import { nestedInstructions, unknownTool } from './prompt.ts';
import type { Recorder } from './recorder.ts';
import type { ToolCall } from '../../core/tool-call.ts';

// The tools cut their own output; this only keeps a defect there from filling the conversation.
const TEXT_MAX = 100_000;

/**
 * Runs calls at the same time and records their results in the order of the calls. The caller passes several only
 * when all of them merely read.
 */
export async function runTools(
  recorder: Recorder,
  work: Readonly<{ deps: AgentDeps; calls: readonly ToolCall[] }>,
): Promise<void> {
  const tools = recorder.state().header?.tools ?? [];
  for (const call of work.calls) {
    const tool = tools.find((candidate) => candidate.name === call.name);
    await recorder.record({
      type: 'tool_start',
      tool_use_id: call.id,
      name: call.name,
      mutating: tool?.mutating ?? false,
    });
  }
  const known = tools.map((tool) => tool.name);
  const signal = runDeadline(recorder, work.deps);
  const results = await Promise.all(
    work.calls.map(async (call) =>
      known.includes(call.name)
        ? runTool(call, { deps: work.deps, signal })
        : textResult(unknownTool(call.name.slice(0, 100), known), { isError: true }),
    ),
  );
  // What was broken off by a shutdown or a cancel did not end by itself: no result is recorded for it.
  if (work.deps.signal.aborted) return;
  for (const [index, call] of work.calls.entries()) {
    const result = results[index];
    if (result) await recordResult(recorder, { deps: work.deps, call, result });
  }
}

const Touching = z.object({ file_path: z.string().optional(), path: z.string().optional() });

// The first result that touches a folder brings the folder's own instructions, once per run.
async function recordResult(
  recorder: Recorder,
  done: Readonly<{ deps: AgentDeps; call: ToolCall; result: RecordedResult }>,
): Promise<void> {
  const { deps, call, result } = done;
  const touched = Touching.safeParse(call.input).data;
  const path = touched?.file_path ?? touched?.path;
  const found = path && !result.is_error ? await deps.nestedInstructions?.(path) : undefined;
  const files = (found ?? []).filter((file) => !recorder.state().instructed.has(file.path));
  if (files.length === 0) {
    return await recorder.record({ type: 'tool_result', tool_use_id: call.id, result });
  }
  const text = deps.redact(nestedInstructions(files)).toWellFormed();
  await recorder.record({
    type: 'tool_result',
    tool_use_id: call.id,
    result: { ...result, content: [...result.content, { type: 'text', text }] },
    instructions: files.map((file) => file.path),
  });
}

/** Gives calls the same text as their result without running them. */
export async function answerCalls(
  recorder: Recorder,
  answer: Readonly<{ calls: readonly ToolCall[]; text: string }>,
): Promise<void> {
  for (const call of answer.calls) {
    const result = textResult(answer.text, { isError: true });
    await recorder.record({ type: 'tool_result', tool_use_id: call.id, result });
  }
}

/** A result that is one text and took no time. */
export function textResult(text: string, options: Readonly<{ isError: boolean }>): RecordedResult {
  return {
    content: [{ type: 'text', text: text.toWellFormed() }],
    is_error: options.isError,
    mutated: false,
    duration_ms: 0,
  };
}

/** Runs one tool and returns its result redacted and cut to size. */
// Well-formed: a tool may cut between the halves of a surrogate pair, and JSON with one half is refused by the API,
// now and in every later request.
export async function runTool(
  call: ToolCall,
  { deps, signal }: Readonly<{ deps: AgentDeps; signal: AbortSignal }>,
): Promise<RecordedResult> {
  const limited = limitCommand(call, deps.limits.command_ms);
  const result = limited.explain(await deps.tools.run(limited.call, signal));
  return {
    ...result,
    content: result.content.map((part) =>
      part.type === 'text'
        ? { type: 'text', text: capped(deps.redact(part.text)).toWellFormed() }
        : part,
    ),
  };
}

function capped(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}\n[cut: output too long]`;
}
