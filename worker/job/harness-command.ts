import type { Logger } from 'pino';
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

type Options = Readonly<{
  executor: Executor;
  kind: 'setup' | 'verification';
  commands: readonly string[];
  timeoutMs: number;
  redact: (text: string) => string;
  onEvent: (event: ThreadEvent) => void;
  signal: AbortSignal;
  log: Logger;
}>;

/** Characters of output that stand in the thread. */
const tailLength = 4000;

/**
 * Runs commands of the repository's configuration one after another in the executor, and stops at the first that
 * does not end with 0. Never throws for what a command does.
 */
export async function runHarnessCommands(options: Options): Promise<CommandsResult> {
  const results: CommandResult[] = [];
  for (const [index, command] of options.commands.entries()) {
    try {
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
      options.onEvent({ type: options.kind, ...result });
      if (run.exitCode !== 0) break;
    } catch (error) {
      options.log.warn({ err: error, kind: options.kind }, 'a command could not run');
      const told = error instanceof ShellOffError || error instanceof ExecutorEndedError;
      const reason = told ? error.message : 'The tool process ended.';
      return { results, couldNotRun: reason };
    }
  }
  return { results };
}
