import { closeSync, constants as files, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessEnd, type RunningProcess, startProcess } from '../../core/process.ts';
import { createHeadTail } from '../tools/head-tail.ts';
import { createPlainOutput } from '../tools/plain-output.ts';
import type { Shell, ShellResult } from '../tools/tool.ts';
import { endLeftOvers, type OwnProcesses } from './left-overs.ts';

/** Where and how commands run. */
export type ShellOptions = Readonly<{
  repo: string;
  logs: string;
  env: Readonly<Record<string, string>>;
  /** Which processes may be killed with a command's. */
  ownProcesses: OwnProcesses;
}>;

const HEAD = 10_000;
const TAIL = 20_000;
const MAX_LOG = 64 * 1024 * 1024;
const GRACE_MS = 2_000;
const DRAIN_MS = 2_000;

// Limits per command: no core files, 4096 open files, 4 GiB per file, one hour of CPU. None on address space, which
// would break Node. A limit that the system sets lower stays.
const LIMITS = 'ulimit -c 0; ulimit -n 4096; ulimit -f 4194304; ulimit -t 3600';
const WRAPPER = `{ ${LIMITS}; } 2>/dev/null; exec bash -c "$1" 2>&1`;

// Commands can write to the log folder: a link or a FIFO under the name of a log must neither lead away nor block.
const CREATE = files.O_WRONLY | files.O_CREAT | files.O_TRUNC | files.O_NOFOLLOW | files.O_NONBLOCK;

/** Binds the shell: every call is a fresh `bash -c` in its own process group, of which nothing is left afterwards. */
export function createShell(options: ShellOptions): Shell {
  return async ({ command, timeoutMs, logName }, signal) => {
    const started = performance.now();
    const running = startProcess({
      command: 'bash',
      args: ['-c', WRAPPER, 'bash', command],
      cwd: options.repo,
      env: options.env,
      group: true,
    });
    const output = record(running, join(options.logs, logName));
    const stop = endWhen(running, timeoutMs, signal);
    const end = await running.exited;
    stop.clear();
    const leftOver = await endLeftOvers(running, options.ownProcesses);
    // What escaped the group may still hold the pipe open.
    await Promise.race([running.ended, sleep(DRAIN_MS, undefined, { ref: false })]);
    running.stdout?.destroy();
    running.stderr?.destroy();
    if (end.error) throw end.error;
    return {
      exitCode: exitCode(end, stop.reason()),
      timedOut: stop.reason() === 'time',
      cancelled: stop.reason() === 'cancel',
      output: await output(logName),
      logName,
      leftOver,
      durationMs: performance.now() - started,
    } satisfies ShellResult;
  };
}

type Reason = 'time' | 'cancel' | undefined;

/** Ends the group on time-out or cancellation: SIGTERM, after two seconds SIGKILL. */
function endWhen(running: RunningProcess, timeoutMs: number, signal: AbortSignal) {
  let reason: Reason;
  let second: NodeJS.Timeout | undefined;
  const end = (why: Reason) => {
    reason ??= why;
    running.kill('SIGTERM');
    second ??= setTimeout(() => running.kill('SIGKILL'), GRACE_MS);
  };
  const cancel = () => end('cancel');
  const first = setTimeout(() => end('time'), timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return {
    reason: () => reason,
    clear: () => {
      clearTimeout(first);
      clearTimeout(second);
      signal.removeEventListener('abort', cancel);
    },
  };
}

/** The shell's convention: 124 for a time-out (as `timeout` does), 128 + n for signal n. */
function exitCode(end: ProcessEnd, reason: Reason): number {
  if (reason === 'time') return 124;
  if (end.exitCode !== null) return end.exitCode;
  return 128 + (end.signal ? constants.signals[end.signal] : 0);
}

/** Copies the output to the log file and keeps its ends. Returns a function that gives the capped text. */
function record(running: RunningProcess, path: string): (logName: string) => Promise<string> {
  const log = openLog(path);
  const kept = createHeadTail({ head: HEAD, tail: TAIL });
  const plain = createPlainOutput();
  const add = (text: string) => {
    kept.push(text);
    log.write(text);
  };
  const done = new Promise<void>((resolve) => {
    running.stdout?.on('data', (chunk: Buffer) => add(plain.push(chunk)));
    running.stdout?.once('close', resolve);
    running.stdout?.on('error', () => resolve());
    if (!running.stdout) resolve();
  });
  running.stderr?.resume();
  return async (logName) => {
    await done;
    add(plain.end());
    const where = log.close()
      ? `full log: /workspace/logs/${logName}`
      : 'the full log could not be written; print less at once';
    return kept.text((lines) => `… ${lines} lines omitted; ${where} …`);
  };
}

type Log = Readonly<{
  write: (text: string) => void;
  /** Tells whether everything up to the largest size was written. */
  close: () => boolean;
}>;

/** A log that gives up by itself: a full disk or a spoilt log folder must not end the command, nor the executor. */
function openLog(path: string): Log {
  let left = MAX_LOG;
  let whole = true;
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {
      // The output itself still goes to the model, with a word about the log when it is cut.
      whole = false;
      return undefined;
    }
  };
  const log = attempt(() => openSync(path, CREATE, 0o644));
  return {
    write: (text) => {
      const bytes = Buffer.from(text).subarray(0, left);
      if (log === undefined || !whole || bytes.length === 0) return;
      left -= bytes.length;
      attempt(() => writeFileSync(log, bytes));
    },
    close: () => {
      if (log !== undefined) attempt(() => closeSync(log));
      return whole;
    },
  };
}
