import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningProcess, startProcess } from '../../core/process.ts';
import type { Launch } from './launch-command.ts';
import { groupAlive } from './left-overs.ts';
import {
  ExecutorReply,
  type ExecutorRequest,
  type ExecutorSetup,
  MAX_LINE_BYTES,
} from './protocol.ts';
import { splitLines } from './split-lines.ts';

/** One life of the executor process. */
export type ExecutorProcess = Readonly<{
  /** Resolves when it takes requests; rejects with ExecutorStartError. */
  ready: Promise<void>;
  send: (request: ExecutorRequest) => void;
  /** Kills it with everything it started; resolves when nothing is left. */
  stop: () => Promise<void>;
  /** Resolves when it is gone with everything it started. */
  gone: Promise<void>;
}>;

/** The executor did not start; the message has the end of what it wrote to stderr. */
export class ExecutorStartError extends Error {
  override readonly name = 'ExecutorStartError';
}

const START_MS = 20_000;
const STOP_MS = 5_000;
const MAX_STDERR = 2_000;

/** Starts the executor in its sandbox. Lines that do not parse end it: it is not to be trusted any more. */
export function startExecutorProcess(
  launch: Launch,
  setup: ExecutorSetup,
  onReply: (reply: ExecutorReply) => void,
): ExecutorProcess {
  const bubblewrap = launch.kind === 'bubblewrap';
  const program = executorProgram(launch, setup);
  const running = startProcess({
    command: launch.command,
    args: [...(bubblewrap ? ['--args', '4', '--info-fd', '3'] : launch.args), '--', ...program],
    env: launch.env,
    group: true,
    stdio: bubblewrap ? ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe'],
  });
  // Through a pipe, because the command line can be read inside and would tell the paths of this machine.
  if (bubblewrap) endWith(running.descriptor(4), launch.args.join('\0'));
  const stderr = tailOf(running.stderr);
  const info = tailOf(running.descriptor(3));
  const init = () => initPid(running, info());
  let firstPid: number | undefined;

  const answered = Promise.withResolvers<'ready'>();
  const gone = (async () => {
    await running.exited;
    await untilGone(running, firstPid ?? init());
  })();
  const stop = async () => {
    kill(firstPid ?? init());
    await Promise.race([running.exited, sleep(200, undefined, { ref: false })]);
    running.kill('SIGKILL');
    await gone;
  };
  splitLines(running.stdout, MAX_LINE_BYTES, (line) => {
    const reply = line === undefined ? undefined : parseReply(line);
    if (!reply) void stop();
    else if (reply.type === 'ready') answered.resolve('ready');
    else onReply(reply);
  });
  running.stdin?.on('error', () => undefined);

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
    stop,
    gone,
  };
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

function endWith(stream: Readable | Writable | undefined, text: string): void {
  if (!stream || !('end' in stream)) return;
  stream.on('error', () => undefined);
  stream.end(text);
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
  const deadline = performance.now() + STOP_MS;
  const left = () =>
    (init !== undefined && isAlive(init)) || (running.pid !== undefined && groupAlive(running.pid));
  while (left() && performance.now() < deadline) {
    kill(init);
    running.kill('SIGKILL');
    await sleep(5);
  }
}

function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
