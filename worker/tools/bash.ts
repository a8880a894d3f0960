import { constants } from 'node:os';
import { bashDefinition } from './definition/bash.ts';
import type { ShellResult, Tool } from './tool.ts';
import { ToolError } from './tool-error.ts';
import type { ToolOutput } from './tool-result.ts';
import { treeStamp } from './tree-stamp.ts';

const DEFAULT_TIMEOUT_MS = 120_000;
// One argument of a program may have 128 KiB on Linux (MAX_ARG_STRLEN).
const MAX_COMMAND = 120_000;

export const bashTool: Tool<'bash', typeof bashDefinition.input> = {
  ...bashDefinition,
  run: async (context, input) => {
    if (typeof context.shell === 'string') throw new ToolError(context.shell);
    if (input.command.includes('\0')) {
      throw new ToolError('The command holds a NUL character; write it without.');
    }
    if (Buffer.byteLength(input.command) > MAX_COMMAND) {
      throw new ToolError(
        `The command is over ${MAX_COMMAND} bytes. Write a script below /workspace/scratch with write and run that.`,
      );
    }
    const root = context.workspace.locate('.').real;
    const before = await treeStamp(root, context.signal);
    const timeoutMs = input.timeout_ms ?? DEFAULT_TIMEOUT_MS;
    const result = await context.shell(
      { command: input.command, timeoutMs, logName: `bash-${safeName(context.callId)}.log` },
      context.signal,
    );
    const after = await treeStamp(root, context.signal);
    const mutated = before === undefined || after === undefined || before !== after;
    return describe(result, timeoutMs, mutated);
  },
};

function safeName(id: string): string {
  return id.replace(/[^\w-]/g, '_').slice(0, 80);
}

function describe(result: ShellResult, timeoutMs: number, mutated: boolean): ToolOutput {
  const output = result.output === '' ? '[no output]' : result.output.replace(/\n$/, '');
  const notes: string[] = [];
  if (result.leftOver && !result.timedOut) {
    notes.push('[background processes were still running and were ended]');
  }
  if (result.timedOut) {
    notes.push(
      `[timed out after ${timeoutMs / 1000} s and was ended; run less at once or raise timeout_ms]`,
    );
  }
  if (result.cancelled) notes.push('[cancelled]');
  const code = result.exitCode ?? 128 + constants.signals.SIGKILL;
  notes.push(`exit code: ${code}`, `duration: ${(result.durationMs / 1000).toFixed(1)} s`);
  return {
    content: [{ type: 'text', text: [output, ...notes].join('\n') }],
    is_error: result.timedOut || result.cancelled,
    mutated,
    exit_code: code,
  };
}
