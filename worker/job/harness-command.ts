import type { Logger } from 'pino';
import { redactEvent } from '../../core/redact-event.ts';
import { codeSpan } from '../../core/render/markdown.ts';
import type { CommandPlace } from '../../core/store/command-log.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import { type Executor, ExecutorEndedError, ShellOffError } from '../executor/executor.ts';

/** How one set-up or verification command ended. Times in ms. */
export type CommandResult = Readonly<{
  command: string;
  exit_code: number | null;
  timed_out: boolean;
  duration_ms: number;
  output_tail: string;
}>;

/** Either results, or the reason why nothing could run. */
export type CommandsResult = Readonly<{
  results: readonly CommandResult[];
  couldNotRun?: string;
}>;

/** Tells whoever watches how a command stands: that it runs, then how it ended, redacted and cut. Never rejects. */
export type Tell = (place: CommandPlace, event: ThreadEvent) => Promise<void>;

type Options = Readonly<{
  executor: Executor;
  kind: 'setup' | 'verification';
  commands: readonly string[];
  timeoutMs: number;
  redact: (text: string) => string;
  onEvent: (event: ThreadEvent) => void;
  tell?: Tell | undefined;
  signal: AbortSignal;
  log: Logger;
}>;

/** Characters of output that stand in the thread, and of a command while it runs. */
const tailLength = 4000;
const runningLength = 500;

/**
 * Runs commands of the repository's configuration one after another in the executor, and stops at the first that
 * does not end with 0. Never throws for what a command does.
 */
export async function runHarnessCommands(options: Options): Promise<CommandsResult> {
  const results: CommandResult[] = [];
  for (const [index, command] of options.commands.entries()) {
    const tell = async (event: ThreadEvent) =>
      await options.tell?.({ kind: options.kind, index }, redactEvent(event, options.redact));
    try {
      await tell({ type: 'notice', text: runsNow(options, command) });
      const run = await options.executor.exec(
        { command, timeoutMs: options.timeoutMs, label: `${options.kind}-${index + 1}` },
        options.signal,
      );
      const result = {
        command,
        exit_code: run.exitCode,
        timed_out: run.timedOut,
        duration_ms: Math.round(run.durationMs),
        output_tail: options.redact(run.output).slice(-tailLength),
      };
      results.push(result);
      const event = { type: options.kind, ...result };
      options.onEvent(event);
      await tell(event);
      if (run.exitCode !== 0) break;
    } catch (error) {
      options.log.warn({ err: error, kind: options.kind }, 'a command could not run');
      const told = error instanceof ShellOffError || error instanceof ExecutorEndedError;
      const reason = told ? error.message : 'The tool process ended.';
      await tell({ type: 'notice', text: `${nameOf(options)}: ${reason}` });
      return { results, couldNotRun: reason };
    }
  }
  return { results };
}

function runsNow(options: Options, command: string): string {
  const shown = options.redact(command);
  const cut =
    shown.length > runningLength ? `${shown.slice(0, runningLength).toWellFormed()}…` : shown;
  return `${nameOf(options)} runs: ${codeSpan(cut)}`;
}

function nameOf({ kind }: Options): string {
  return kind === 'setup' ? 'Set-up' : 'Verification';
}
