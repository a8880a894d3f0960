import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** What to start. The environment is given whole: nothing is inherited from this process. */
export type ProcessSpec = Readonly<{
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string;
  /** Own process group, so that `kill` reaches the children of the child. */
  group?: boolean;
  /** stdin, stdout, stderr and further descriptors; pipes by default, with stdin closed. */
  stdio?: readonly ('pipe' | 'ignore' | 'inherit')[];
}>;

/** How a process ended: exactly one of `exitCode` and `signal` is set; `error` when it could not be started. */
export type ProcessEnd = Readonly<{
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}>;

/**
 * A started process. `exited` is when the process itself is gone, `ended` when its output is closed as well: a child
 * of the child may hold that open. Neither rejects.
 */
export type RunningProcess = Readonly<{
  pid: number | undefined;
  stdin: Writable | null;
  stdout: Readable | null;
  stderr: Readable | null;
  /** The stream of descriptor `index` (3 and up) when its stdio is a pipe. */
  descriptor: (index: number) => Readable | Writable | undefined;
  exited: Promise<ProcessEnd>;
  ended: Promise<ProcessEnd>;
  /** Sends a signal to the process, or to its whole group when it leads one. False when it is gone. */
  kill: (signal: NodeJS.Signals) => boolean;
}>;

/** Starts a process without waiting for it. Failure to start arrives as `ended` with `error`. */
export function startProcess(spec: ProcessSpec): RunningProcess {
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: { ...spec.env },
    detached: spec.group ?? false,
    stdio: [...(spec.stdio ?? ['ignore', 'pipe', 'pipe'])],
    shell: false,
  });
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    descriptor: (index) => child.stdio[index] ?? undefined,
    exited: endOf(child, 'exit'),
    ended: endOf(child, 'close'),
    kill: (signal) => sendSignal(child, signal, spec.group ?? false),
  };
}

/** Limits of a run that is waited for. Times in ms, sizes in bytes. */
export type RunLimits = Readonly<{
  input?: Buffer;
  timeoutMs?: number;
  /** Output beyond this many bytes per stream is read and dropped. Default 64 MiB. */
  maxOutputBytes?: number;
  /** Ends the process when it prints more than that. */
  stopWhenFull?: boolean;
  signal?: AbortSignal;
}>;

/** A finished run: its end, its output, and whether the time limit or the output limit was met. */
export type ProcessResult = ProcessEnd &
  Readonly<{ stdout: Buffer; stderr: Buffer; timedOut: boolean; truncated: boolean }>;

/**
 * Runs a process to its end and returns exit code, signal and output (Buffers). Never rejects: a process that
 * could not be started has `error` set. On time-out or abort the process (or its group) gets SIGKILL.
 */
export async function runProcess(
  spec: ProcessSpec,
  limits: RunLimits = {},
): Promise<ProcessResult> {
  const running = startProcess({
    ...spec,
    stdio: [limits.input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  let timedOut = false;
  const stop = () => running.kill('SIGKILL');
  const timer = setTimeout(
    () => {
      timedOut = true;
      stop();
    },
    limits.timeoutMs ?? 10 * 60_000,
  );
  limits.signal?.addEventListener('abort', stop, { once: true });
  if (limits.signal?.aborted) stop();

  const max = limits.maxOutputBytes ?? 64 * 1024 * 1024;
  const onFull = limits.stopWhenFull ? stop : undefined;
  const stdout = collect(running.stdout, max, onFull);
  const stderr = collect(running.stderr, max, onFull);
  // A child that ends without reading its input closes the pipe; its exit code tells what happened.
  running.stdin?.on('error', () => undefined);
  if (limits.input) running.stdin?.end(limits.input);

  const end = await running.ended;
  clearTimeout(timer);
  limits.signal?.removeEventListener('abort', stop);
  const [out, err] = await Promise.all([stdout, stderr]);
  return {
    ...end,
    stdout: out.bytes,
    stderr: err.bytes,
    timedOut,
    truncated: out.truncated || err.truncated,
  };
}

function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, error }));
    child.once(event, (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

function sendSignal(child: ChildProcess, signal: NodeJS.Signals, group: boolean): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(group ? -child.pid : child.pid, signal);
    return true;
  } catch {
    // ESRCH: the process, or the last one of its group, is gone already.
    return false;
  }
}

async function collect(
  stream: Readable | null,
  max: number,
  onFull?: () => void,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  if (stream) {
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      const room = max - size;
      if (bytes.length > room && !truncated) {
        truncated = true;
        onFull?.();
      }
      if (room > 0) {
        chunks.push(bytes.subarray(0, room));
        size += Math.min(bytes.length, room);
      }
    }
  }
  return { bytes: Buffer.concat(chunks), truncated };
}
