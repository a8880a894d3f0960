import { z } from 'zod';
import type { RecordedResult } from '../../core/journal.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/** What a run has done so far, short enough to be told again when earlier turns are no longer there. */
export type WorkLog = Readonly<{
  /** Files that were changed, in the order of their first change. */
  files: readonly string[];
  /** The last commands, oldest first. */
  commands: readonly CommandRun[];
  /** What the model said last, oldest first. */
  said: readonly string[];
}>;

export type CommandRun = Readonly<{ command: string; exit_code: number | undefined; tail: string }>;

const FILES_MAX = 200;
const COMMANDS_MAX = 12;
const SAID_MAX = 12;
const COMMAND_MAX = 300;
const TAIL_MAX = 600;
const WORDS_MAX = 1_200;

export const emptyWorkLog: WorkLog = { files: [], commands: [], said: [] };

const Edited = z.object({ file_path: z.string() });
const Ran = z.object({ command: z.string() });

/** The log after one more result. */
export function withToolResult(
  log: WorkLog,
  done: Readonly<{ call: ToolCall; result: RecordedResult }>,
): WorkLog {
  const { call, result } = done;
  if (call.name === 'bash') return withCommand(log, done);
  const edited = Edited.safeParse(call.input);
  if (!result.mutated || result.is_error || !edited.success) return log;
  const path = edited.data.file_path;
  if (log.files.includes(path)) return log;
  return { ...log, files: [...log.files, path].slice(-FILES_MAX) };
}

/** The log after the model said something. */
export function withWords(log: WorkLog, text: string): WorkLog {
  if (text === '') return log;
  return { ...log, said: [...log.said, text.slice(0, WORDS_MAX)].slice(-SAID_MAX) };
}

function withCommand(
  log: WorkLog,
  { call, result }: Readonly<{ call: ToolCall; result: RecordedResult }>,
): WorkLog {
  const ran = Ran.safeParse(call.input);
  if (!ran.success) return log;
  const output = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const run = {
    command: ran.data.command.slice(0, COMMAND_MAX),
    exit_code: result.exit_code,
    tail: output.join('\n').trim().slice(-TAIL_MAX),
  };
  return { ...log, commands: [...log.commands, run].slice(-COMMANDS_MAX) };
}
