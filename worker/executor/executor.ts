import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { errorOutput, type SeenFile, type ToolResult } from '../tools/tool-result.ts';
import { toolCatalog } from '../tools/catalog.ts';
import { UserError } from '../../core/errors.ts';
import { Policy } from '../../core/policy.ts';
import { giveFolders } from './attempt-user.ts';
import type { Resolve } from './egress/public-address.ts';
import { type Egress, startEgress } from './egress/start-egress.ts';
import { startExecutorProcess } from './executor-process.ts';
import { compiledModules } from './compiled.ts';
import { launchCommand, PACKAGE_ROOT } from './launch-command.ts';
import type { ExecutorSetup } from './protocol.ts';
import type { Sandbox } from './sandbox.ts';
import {
  type Launcher,
  type Question,
  type Supervised,
  supervise,
  type Watch,
} from './supervise.ts';
import { type ExecutorLimits, executorLimits } from './use.ts';
import { watchUse } from './watchdog.ts';
import { pidNamespace } from './pid-namespace.ts';

/** What the executor may see and how it is confined. All folders must be absolute; missing ones are made. */
export type ExecutorOptions = Readonly<{
  workTree: string;
  logs: string;
  scratch: string;
  sandbox: Sandbox;
  /** True for set-up only: the network that `sandbox.setup` names. */
  network: boolean;
  /** Which addresses its proxy connects to; by default those of the internet, and the policy's hosts. */
  resolve?: Resolve;
  log: Logger;
  /** The Node program to run it with; default the one that runs this. */
  nodePath?: string;
  /** Folders with further programs (`<folder>/bin`), shown read-only at their own path. */
  toolchains?: readonly string[];
  /** What commands may use; the policy's own defaults when absent. */
  limits?: ExecutorLimits | undefined;
  /** How often that is looked at, in ms. */
  watchMs?: Readonly<{ processMs: number; diskMs: number }>;
}>;

/** One tool call as the model made it. */
export type ToolCall = Readonly<{ id: string; name: string; input: unknown }>;

/** A command of ours; `label` names its log file. A command that is not ended in time counts as timed out. */
export type ExecCommand = Readonly<{ command: string; timeoutMs: number; label: string }>;

/** How a command of ours (set-up, verification) ended. `logPath` is on this machine; open it without following links. */
export type ExecResult = Readonly<{
  exitCode: number | null;
  timedOut: boolean;
  output: string;
  logPath: string;
  durationMs: number;
}>;

/** The untrusted process that runs tools, as its parent sees it. */
export type Executor = Readonly<{
  /** Never rejects: whatever goes wrong is an `is_error` result. Order: mutating calls run alone, in call order. */
  run: (call: ToolCall, signal?: AbortSignal) => Promise<ToolResult>;
  /** Runs a command line in the work tree's root. Throws ShellOffError, or ExecutorEndedError. */
  exec: (command: ExecCommand, signal?: AbortSignal) => Promise<ExecResult>;
  /**
   * Tells which files the model has read in an earlier life, so that it need not read them again before a change.
   * Never rejects: what is lost here costs the model one more read.
   */
  remember: (files: readonly SeenFile[]) => Promise<void>;
  /**
   * Kills everything and resolves once nothing is left. Later calls get errors.
   * Throws ProcessesLeft when something is left: then nothing may be done with its folders.
   */
  close: () => Promise<void>;
  /** Resolves when no more calls can be served. */
  ended: Promise<'closed' | 'given_up'>;
  /** Aborted with Stopped when commands have passed their limits three times, with ProcessesLeft when it cannot be ended. */
  over: AbortSignal;
}>;

/** Commands cannot be run on this machine; the message says why. */
export class ShellOffError extends Error {
  override readonly name = 'ShellOffError';
}

/** The tool process is gone and the command's result with it. */
export class ExecutorEndedError extends Error {
  override readonly name = 'ExecutorEndedError';
}

const CALL_LIMIT_MS = 90_000;
const BASH_LIMIT_MS = 630_000;
const SLACK_MS = 30_000;

const mutating = new Set(toolCatalog.filter((tool) => tool.mutating).map((tool) => tool.name));

/** Starts the executor process. Throws ExecutorStartError when it does not come up, UserError where none may. */
export async function startExecutor(options: ExecutorOptions): Promise<Executor> {
  const { resolve, sandbox } = options;
  const wayOut = options.network && ['proxy', 'node_proxy'].includes(sandbox.setup);
  const egress = wayOut
    ? await startEgress({ hosts: sandbox.setupHosts, resolve, uid: sandbox.uid })
    : undefined;
  try {
    const launcher = await createLauncher(options, egress?.socket);
    const supervised = supervise(launcher, options.log, watchOf(options));
    await supervised.start();
    return executorOf(supervised, options, egress);
  } catch (error) {
    egress?.close();
    throw error;
  }
}

function executorOf(
  supervised: Supervised,
  options: ExecutorOptions,
  egress: Egress | undefined,
): Executor {
  return {
    run: (call, signal) => runCall(supervised, call, signal),
    exec: (command, signal) => execCommand(supervised, options, { ...command, signal }),
    remember: async (files) => {
      const question: Question = { type: 'seen', files: [...files] };
      await supervised.ask(question, { limitMs: CALL_LIMIT_MS, alone: true });
    },
    close: async () => {
      try {
        await supervised.close();
      } finally {
        egress?.close();
      }
    },
    ended: supervised.ended,
    over: supervised.over,
  };
}

function watchOf({ workTree, logs, scratch, limits, watchMs }: ExecutorOptions): Watch {
  const what = {
    limits: limits ?? executorLimits(Policy.parse({}).commands),
    folders: [workTree, logs, scratch],
    ...watchMs,
  };
  return (life, onExcess) => watchUse({ ...what, pids: life.pids }, onExcess);
}

/** The sentence that the bash tool answers with, and that people read, when commands cannot run. */
export function shellOffSentence(sandbox: Sandbox): string {
  return `The shell is off on this machine: ${sandbox.reason} Go on with the other tools, and say in submit that nothing was run.`;
}

async function runCall(
  supervised: Supervised,
  { id, name, input }: ToolCall,
  signal?: AbortSignal,
): Promise<ToolResult> {
  const started = performance.now();
  const alone = mutating.has(name);
  const answer = await supervised.ask(
    { type: 'run', call_id: id, name, input },
    { limitMs: name === 'bash' ? BASH_LIMIT_MS : CALL_LIMIT_MS, alone, signal },
  );
  if (answer.type === 'result') return answer.result;
  const message = answer.type === 'lost' ? answer.message : WRONG_ANSWER;
  return {
    ...errorOutput(message),
    // It may have changed something before it was lost.
    mutated: alone,
    duration_ms: performance.now() - started,
  };
}

const WRONG_ANSWER = 'The tool process gave an answer of the wrong kind.';

async function execCommand(
  supervised: Supervised,
  options: ExecutorOptions,
  command: ExecCommand & Readonly<{ signal?: AbortSignal }>,
): Promise<ExecResult> {
  if (!options.sandbox.shell) throw new ShellOffError(shellOffSentence(options.sandbox));
  const logName = `${command.label.replace(/[^\w-]+/g, '-').slice(0, 80)}.log`;
  const answer = await supervised.ask(
    {
      type: 'exec',
      command: command.command,
      timeout_ms: command.timeoutMs,
      log_name: logName,
    },
    { limitMs: command.timeoutMs + SLACK_MS, alone: true, signal: command.signal },
  );
  if (answer.type !== 'exec_result') {
    throw new ExecutorEndedError(answer.type === 'lost' ? answer.message : WRONG_ANSWER);
  }
  return {
    exitCode: answer.exit_code,
    timedOut: answer.timed_out,
    output: answer.output,
    logPath: join(options.logs, logName),
    durationMs: answer.duration_ms,
  };
}

async function createLauncher(
  options: ExecutorOptions,
  egress: string | undefined,
): Promise<Launcher> {
  const { refused } = options.sandbox;
  if (refused !== undefined)
    throw new UserError('launch_failed', refused, { next: 'Tell the operator.' });
  for (const folder of [options.workTree, options.logs, options.scratch]) {
    mkdirSync(folder, { recursive: true });
  }
  const { sandbox } = options;
  const { uid } = sandbox;
  if (uid !== undefined) giveFolders(uid, [options.workTree, options.logs, options.scratch]);
  const nodePath = realpathSync(options.nodePath ?? process.execPath);
  const compiled = await compiledModules({ sandbox, nodePath });
  const launch = launchCommand({
    sandbox,
    workTree: realpathSync(options.workTree),
    logs: realpathSync(options.logs),
    scratch: realpathSync(options.scratch),
    network: options.network && sandbox.setup === 'open',
    egress,
    nodePath,
    packageRoot: PACKAGE_ROOT,
    toolchains: options.toolchains ?? [],
    compiled: compiled === undefined ? undefined : { folder: compiled, writable: false },
  });
  const setup: ExecutorSetup = {
    ...launch.roots,
    path: launch.path,
    shell_off: options.sandbox.shell ? null : shellOffSentence(options.sandbox),
    outer_pid_namespace: pidNamespace(),
    ...(uid === undefined ? {} : { own_uid: uid }),
    ...wayOutOf(sandbox, egress),
  };
  return (onReply) => startExecutorProcess(launch, setup, onReply);
}

function wayOutOf({ setup }: Sandbox, egress: string | undefined) {
  if (egress === undefined) return {};
  return setup === 'proxy' ? { way_out: true } : { way_out_socket: egress };
}
