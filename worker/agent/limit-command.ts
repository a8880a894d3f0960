import { z } from 'zod';
import type { ToolResult } from '../tools/tool-result.ts';
import { commandLimit } from './prompt.ts';
import type { ToolCall } from '../../core/tool-call.ts';

const BashInput = z.looseObject({ command: z.string(), timeout_ms: z.int().positive().optional() });

// What the tool takes when the call names no time.
const DEFAULT_MS = 120_000;

/** A call with the time that it may take, and its result with a word about that time where it was too short. */
type LimitedCall = Readonly<{
  call: ToolCall;
  explain: (result: ToolResult) => ToolResult;
}>;

/**
 * Bounds the time of a command by the run's limit for one (ms). Any other call, and a command that asks for less, is
 * left as it is.
 */
export function limitCommand(call: ToolCall, limitMs: number): LimitedCall {
  const input = call.name === 'bash' ? BashInput.safeParse(call.input).data : undefined;
  if (!input || (input.timeout_ms ?? DEFAULT_MS) <= limitMs) {
    return { call, explain: (result) => result };
  }
  const wanted = input.timeout_ms ?? DEFAULT_MS;
  return {
    call: { ...call, input: { ...input, timeout_ms: limitMs } },
    explain: (result) =>
      result.exit_code === TIMED_OUT ? withWord(result, { limitMs, wanted }) : result,
  };
}

// The exit code of a command that was ended for its time.
const TIMED_OUT = 124;

function withWord(
  result: ToolResult,
  { limitMs, wanted }: Readonly<{ limitMs: number; wanted: number }>,
): ToolResult {
  const text = commandLimit({ limit_ms: limitMs, wanted_ms: wanted });
  return { ...result, content: [...result.content, { type: 'text', text }] };
}
