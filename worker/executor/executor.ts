import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { errorOutput, type ToolResult } from '../tools/tool-result.ts';
import { type ExecutorProcess, startExecutorProcess } from './executor-process.ts';
import { launchCommand, PACKAGE_ROOT } from './launch-command.ts';
import type { ExecutorReply, ExecutorRequest, ExecutorSetup } from './protocol.ts';
import type { Sandbox } from './sandbox.ts';
import { pidNamespace } from './pid-namespace.ts';

/** What the executor may see and how it is confined. All folders must be absolute; missing ones are made. */
export type ExecutorOptions = Readonly<{
  workTree: string;
  logs: string;
  scratch: string;
  sandbox: Sandbox;
  /** True for set-up only. */
  network: boolean;
  log: Logger;
  /** The Node program to run it with; default the one that runs this. */
  nodePath?: string;
  /** Folders with further programs (`<folder>/bin`), shown read-only at their own path. */
  toolchains?: readonly string[];
}>;

/** One tool call as the model made it. */
export type ToolCall = Readonly<{ id: string; name: string; input: unknown }>;

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
  exec: (
    command: Readonly<{ command: string; timeoutMs: number; label: string }>,
    signal?: AbortSignal,
  ) => Promise<ExecResult>;
  /** Kills everything and resolves once nothing is left. Later calls get errors. */
  close: () => Promise<void>;
  /** Resolves when no more calls can be served. */
  ended: Promise<'closed' | 'given_up'>;
}>;

/** Commands cannot be run on this machine; the message says why. */
export class ShellOffError extends Error {
  override readonly name = 'ShellOffError';
}

/** The tool process is gone and the command's result with it. */
export class ExecutorEndedError extends Error {
  override readonly name = 'ExecutorEndedError';
}

const MAX_RESTARTS = 3;
const CALL_LIMIT_MS = 90_000;
const BASH_LIMIT_MS = 630_000;
const SLACK_MS = 15_000;

/** Starts the executor process. Throws ExecutorStartError when it does not come up. */
export async function startExecutor(options: ExecutorOptions): Promise<Executor> {
  const supervised = supervise(options);
  await supervised.start();
  let count = 0;

  const run = async (call: ToolCall, signal?: AbortSignal): Promise<ToolResult> => {
    count += 1;
    const started = performance.now();
    const limitMs = call.name === 'bash' ? BASH_LIMIT_MS : CALL_LIMIT_MS;
    const { id, name, input } = call;
    const reply = await supervised.ask(
      { type: 'run', id: String(count), call_id: id, name, input },
      { limitMs, signal },
    );
    if (reply.type === 'result') return reply.result;
    const message = reply.type === 'lost' ? reply.message : 'The tool process gave a wrong answer.';
    return {
      ...errorOutput(message),
      mutated: name === 'bash',
      duration_ms: performance.now() - started,
    };
  };
  const exec: Executor['exec'] = async ({ command, timeoutMs, label }, signal) => {
    if (!options.sandbox.shell) throw new ShellOffError(shellOffSentence(options.sandbox));
    count += 1;
    const logName = `${label.replace(/[^\w-]+/g, '-').slice(0, 80)}.log`;
    const reply = await supervised.ask(
      { type: 'exec', id: String(count), command, timeout_ms: timeoutMs, log_name: logName },
      { limitMs: timeoutMs + SLACK_MS, signal },
    );
    if (reply.type !== 'exec_result') {
      throw new ExecutorEndedError(reply.type === 'lost' ? reply.message : 'wrong answer');
    }
    return {
      exitCode: reply.exit_code,
      timedOut: reply.timed_out,
      output: reply.output,
      logPath: join(options.logs, logName),
      durationMs: reply.duration_ms,
    };
  };
  return { run, exec, close: supervised.close, ended: supervised.ended };
}

/** The sentence that the bash tool answers with, and that people read, when commands cannot run. */
export function shellOffSentence(sandbox: Sandbox): string {
  return `The shell is off on this machine: ${sandbox.reason} Go on with the other tools, and say in submit that nothing was run.`;
}

type Answer = ExecutorReply | Readonly<{ type: 'lost'; message: string }>;
type Limits = Readonly<{ limitMs: number; signal?: AbortSignal }>;
type Question = Exclude<ExecutorRequest, { type: 'cancel' }>;

/** Keeps one executor process alive, at most three times again, and matches answers with questions. */
function supervise(options: ExecutorOptions) {
  const pending = new Map<string, (answer: Answer) => void>();
  const launchLife = createLauncher(options, (reply) => {
    if ('id' in reply) pending.get(reply.id)?.(reply);
  });
  let current: Promise<ExecutorProcess> | undefined;
  let starts = 0;
  let closed = false;
  let end: (how: 'closed' | 'given_up') => void = () => undefined;
  const ended = new Promise<'closed' | 'given_up'>((resolve) => {
    end = resolve;
  });

  const lose = (message: string) => {
    for (const answer of pending.values()) answer({ type: 'lost', message });
  };
  const begin = async (): Promise<ExecutorProcess> => {
    starts += 1;
    const life = launchLife();
    void life.gone.then(() => {
      current = undefined;
      lose(`The tool process ended during this call; a command may have partly run. ${NEXT}`);
      if (!closed) options.log.warn({ starts }, 'executor process ended');
      if (starts > MAX_RESTARTS && !closed) end('given_up');
    });
    await life.ready;
    return life;
  };
  const start = (): Promise<ExecutorProcess> => {
    current ??= begin();
    return current;
  };

  const ask = async (question: Question, limits: Limits): Promise<Answer> => {
    if (closed) return { type: 'lost', message: 'The tool process has been closed.' };
    if (!current && starts > MAX_RESTARTS) {
      return {
        type: 'lost',
        message: 'The tool process ended too often and is not started again. Submit what is done.',
      };
    }
    let life: ExecutorProcess;
    try {
      life = await start();
    } catch {
      return {
        type: 'lost',
        message: 'The tool process could not be started again. Submit what is done.',
      };
    }
    return converse(life, question, { ...limits, pending });
  };
  const close = async (): Promise<void> => {
    closed = true;
    const life = await current?.catch(() => undefined);
    await life?.stop();
    end('closed');
  };
  return { start, ask, close, ended };
}

const NEXT = 'Look at the state of the files before you repeat it.';
const CANCEL_MS = 6_000;

/** Sends one question and waits for its answer, for the limit, or for the end of a cancelled call. */
async function converse(
  life: ExecutorProcess,
  question: Question,
  limits: Limits & Readonly<{ pending: Map<string, (answer: Answer) => void> }>,
): Promise<Answer> {
  const timers: NodeJS.Timeout[] = [];
  const giveUpAfter = (ms: number) => timers.push(setTimeout(() => void life.stop(), ms));
  const cancel = () => {
    life.send({ type: 'cancel', id: question.id });
    giveUpAfter(CANCEL_MS);
  };
  try {
    return await new Promise<Answer>((resolve) => {
      limits.pending.set(question.id, resolve);
      // A process that does not answer in time is ended; its end answers the call.
      giveUpAfter(limits.limitMs);
      life.send(question);
      limits.signal?.addEventListener('abort', cancel, { once: true });
      if (limits.signal?.aborted) cancel();
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    limits.signal?.removeEventListener('abort', cancel);
    limits.pending.delete(question.id);
  }
}

function createLauncher(options: ExecutorOptions, onReply: (reply: ExecutorReply) => void) {
  for (const folder of [options.workTree, options.logs, options.scratch]) {
    mkdirSync(folder, { recursive: true });
  }
  const launch = launchCommand({
    sandbox: options.sandbox,
    workTree: realpathSync(options.workTree),
    logs: realpathSync(options.logs),
    scratch: realpathSync(options.scratch),
    network: options.network,
    nodePath: realpathSync(options.nodePath ?? process.execPath),
    packageRoot: PACKAGE_ROOT,
    toolchains: options.toolchains ?? [],
  });
  const setup: ExecutorSetup = {
    ...launch.roots,
    path: launch.path,
    shell_off: options.sandbox.shell ? null : shellOffSentence(options.sandbox),
    outer_pid_namespace: pidNamespace(),
  };
  return () => startExecutorProcess(launch, setup, onReply);
}
