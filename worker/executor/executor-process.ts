import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from '../../core/process.ts';
import { endAttemptUser, processesOf } from './attempt-user.ts';
import { endAll } from './end-all.ts';
import type { Launch } from './launch-command.ts';
import { groupAlive } from './left-overs.ts';
import {
  ExecutorReply,
  type ExecutorRequest,
  type ExecutorSetup,
  MAX_LINE_BYTES,
} from './protocol.ts';
import { readStat } from './read-process.ts';
import { splitLines } from './split-lines.ts';
import { startLaunch } from './start-launch.ts';
import { descendants } from './use.ts';

/** One life of the executor process. */
export type ExecutorProcess = Readonly<{
  /** Resolves when it takes requests; rejects with ExecutorStartError. */
  ready: Promise<void>;
  send: (request: ExecutorRequest) => void;
  /** The processes that it consists of now. */
  pids: () => readonly number[];
  /** Kills it with everything it started; ends as `gone` does. */
  stop: () => Promise<void>;
  /** Resolves when it is gone with everything it started; rejects with ProcessesLeft when that cannot be had. */
  gone: Promise<void>;
}>;

/** The executor did not start; the message has the end of what it wrote to stderr. */
export class ExecutorStartError extends Error {
  override readonly name = 'ExecutorStartError';
}

const START_MS = 20_000;
const STOP_MS = 5_000;
const CLOSE_MS = 1_000;
const MAX_STDERR = 2_000;

/** Starts the executor in its sandbox. Lines that do not parse end it: it is not to be trusted any more. */
export function startExecutorProcess(
  launch: Launch,
  setup: ExecutorSetup,
  onReply: (reply: ExecutorReply) => void,
): ExecutorProcess {
  const running = startLaunch(launch, executorProgram(launch, setup));
  const stderr = tailOf(running.stderr);
  const info = tailOf(running.descriptor(3));
  const namespace = launch.kind === 'bubblewrap' || launch.kind === 'namespaces';
  const init = () => (namespace ? initPid(running, info()) : undefined);
  let firstPid: number | undefined;

  const answered = Promise.withResolvers<'ready'>();
  const gone = (async () => {
    await running.exited;
    // bubblewrap tells its first process before that may do anything: when nothing is told, there is none.
    if (launch.kind === 'bubblewrap' && info() === '') await closed(running.descriptor(3));
    try {
      await untilGone(running, firstPid ?? init());
    } finally {
      if (launch.uid !== undefined) await endAttemptUser(launch.uid, launch.command);
    }
  })();
  // Whoever waits for it is told; there need not be anybody yet.
  gone.catch(() => undefined);
  const stop = async () => {
    kill(firstPid ?? init());
    if (!namespace) running.kill('SIGKILL');
    await Promise.race([running.exited, sleep(200, undefined, { ref: false })]);
    running.kill('SIGKILL');
    await gone;
  };
  splitLines(running.stdout, MAX_LINE_BYTES, (line) => {
    const reply = line === undefined ? undefined : parseReply(line);
    // Who waits for its end learns whether it came.
    if (!reply) stop().catch(() => undefined);
    else if (reply.type === 'ready') answered.resolve('ready');
    else onReply(reply);
  });

  const ready = (async () => {
    const outcome = await Promise.race([
      answered.promise,
      running.ended.then(() => 'ended' as const),
      sleep(START_MS, 'late' as const, { ref: false }),
    ]);
    firstPid = init();
    if (outcome === 'ready') return;
    await stop();
    throw new ExecutorStartError(`The tool process did not start (${outcome}): ${stderr().trim()}`);
  })();
  return {
    ready,
    send: (request) => void running.stdin?.write(`${JSON.stringify(request)}\n`),
    pids: () => pidsOf(running, launch),
    stop,
    gone,
  };
}

function pidsOf(running: RunningProcess, { uid }: Launch): readonly number[] {
  try {
    if (uid !== undefined) return processesOf(uid);
    return running.pid === undefined ? [] : descendants(running.pid);
  } catch {
    // It cannot be told now; it is asked for again soon.
    return [];
  }
}

/** The executor's command line inside of its sandbox. */
export function executorProgram(launch: Launch, setup: ExecutorSetup): readonly string[] {
  return [
    launch.node,
    '--disable-warning=ExperimentalWarning',
    `${launch.packageRoot}/worker/executor/main.ts`,
    JSON.stringify(setup),
  ];
}

function parseReply(line: string): ExecutorReply | undefined {
  try {
    return ExecutorReply.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON: somebody else wrote to the pipe.
    return undefined;
  }
}

function tailOf(stream: unknown): () => string {
  let text = '';
  if (isReadable(stream)) {
    stream.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-MAX_STDERR);
    });
    stream.on('error', () => undefined);
  }
  return () => text;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'readable' in stream && 'on' in stream;
}

/** The pid, as seen from here, of the first process in the new pid namespace: killing it ends all others in it. */
function initPid(running: RunningProcess, info: string): number | undefined {
  const told = /"child-pid": *(\d+)/.exec(info)?.[1];
  if (told !== undefined) return Number(told);
  try {
    const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8');
    const [first] = children.trim().split(' ');
    return first ? Number(first) : undefined;
  } catch {
    // Not Linux, or gone already.
    return undefined;
  }
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** A namespace's first process is a zombie, or gone, only after the kernel has ended all others in it. */
async function untilGone(running: RunningProcess, init: number | undefined): Promise<void> {
  const left = () =>
    (init !== undefined && isAlive(init)) || (running.pid !== undefined && groupAlive(running.pid));
  const end = () => {
    kill(init);
    running.kill('SIGKILL');
  };
  await endAll({ left, end, withinMs: STOP_MS });
}

function isAlive(pid: number): boolean {
  return readStat(String(pid))?.ended === false;
}

/** Resolves when a stream has told all it has, or after a second. */
async function closed(stream: unknown): Promise<void> {
  if (!isReadable(stream) || stream.closed) return;
  const end = new Promise((resolve) => stream.once('close', resolve));
  await Promise.race([end, sleep(CLOSE_MS, undefined, { ref: false })]);
}
