import type { Logger } from 'pino';
import type { Verification } from '../../core/job.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import type { Sandbox } from '../executor/sandbox.ts';
import type { RepositoryCommands } from '../workspace/detect-commands.ts';
import { type CommandsResult, runHarnessCommands, type Tell } from './harness-command.ts';
import { missingHere } from './missing-here.ts';
import { type ExecutorPlace, withExecutor } from './with-executor.ts';

const commandTimeoutMs = 15 * 60_000;

/** What set-up and verification stand on. `redact` takes secrets out of output; `onEvent` gets each command's end. */
export type CommandRun = Readonly<{
  wanted: RepositoryCommands;
  sandbox: Sandbox;
  limits?: ExecutorPlace['limits'];
  folders: ExecutorPlace['folders'];
  redact: (text: string) => string;
  onEvent: (event: ThreadEvent) => void;
  tell?: Tell;
  signal: AbortSignal;
  log: Logger;
}>;

/** Runs set-up with network and without secrets, before the first model call; its failure does not stop the job. */
export async function setUp(run: CommandRun): Promise<CommandsResult> {
  const commands = run.wanted.setup;
  if (commands.length === 0) return { results: [] };
  if (!run.sandbox.shell) return { results: [], couldNotRun: sandboxReason(run.sandbox) };
  return runCommands(run, { kind: 'setup', commands, network: true });
}

/** How set-up went, for the model; empty when there was none. */
export function setupNote(wanted: RepositoryCommands, setup: CommandsResult): string {
  if (wanted.setup.length === 0) return '';
  if (setup.couldNotRun) return `Set-up did not run: ${setup.couldNotRun}`;
  return setup.results
    .map((result) => `\`${result.command}\` ended with exit code ${result.exit_code ?? 'none'}.`)
    .join('\n');
}

/** Runs the verification commands, without network, on a work tree that differs in `changedFiles` files. */
export async function verify(
  run: CommandRun & Readonly<{ changedFiles: number }>,
): Promise<Verification> {
  const { sandbox, signal } = run;
  const commands = run.wanted.verify;
  const cancelled = signal.aborted;
  if (commands.length === 0) {
    const reason = sandbox.shell ? {} : { reason: sandboxReason(sandbox) };
    return { status: sandbox.shell ? 'none' : 'could_not_run', ...reason, commands: [] };
  }
  if (cancelled) return notVerified('the job was cancelled');
  if (run.changedFiles === 0) return notVerified('no file was changed');
  if (!sandbox.shell) {
    return { status: 'could_not_run', reason: sandboxReason(sandbox), commands: [] };
  }
  const { results, couldNotRun } = await runCommands(run, {
    kind: 'verification',
    commands,
    network: false,
  });
  // A command that was cut off by a cancel says nothing about the work.
  if (signal.aborted) return notVerified('the job was cancelled');
  const detected = run.wanted.verifyDetected ? { detected: true } : {};
  const reason = couldNotRun ?? (run.wanted.verifyDetected ? lackOf(results, sandbox) : undefined);
  if (reason) return { status: 'could_not_run', reason, commands: [...results], ...detected };
  const green = results.every((result) => result.exit_code === 0);
  return { status: green ? 'green' : 'red', commands: [...results], ...detected };
}

function notVerified(reason: string): Verification {
  return { status: 'none', reason, commands: [] };
}

/** A command that was only guessed says nothing about the work when what it needs is not here. */
function lackOf(results: CommandsResult['results'], sandbox: Sandbox): string | undefined {
  const last = results.at(-1);
  const missing = last && missingHere(last, sandbox);
  if (!missing) return undefined;
  const what =
    missing === 'program'
      ? 'but what it needs is not installed here'
      : 'but it needs the network, and there is none here';
  return `\`${last.command}\` was detected, ${what}`;
}

/** What confines the tools, for people, with the package that would make it better. */
export function sandboxReason(sandbox: Sandbox): string {
  return sandbox.missingPackage
    ? `${sandbox.reason} Install the Debian package ${sandbox.missingPackage} on the machine that runs workers to have commands run.`
    : sandbox.reason;
}

type Commands = Readonly<{
  kind: 'setup' | 'verification';
  commands: readonly string[];
  network: boolean;
}>;

function runCommands(
  { sandbox, limits, folders, log, redact, onEvent, tell, signal }: CommandRun,
  { kind, commands, network }: Commands,
): Promise<CommandsResult> {
  const options = {
    kind,
    commands,
    timeoutMs: commandTimeoutMs,
    redact,
    onEvent,
    tell,
    signal,
    log,
  };
  return withExecutor({ folders, sandbox, limits, network, log }, (executor) =>
    runHarnessCommands({ ...options, executor }),
  );
}
