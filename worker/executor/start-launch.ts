import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type RunningProcess, startProcess } from '../../core/process.ts';
import type { Launch } from './launch-command.ts';

// Limits of every process in a sandbox: no core files, 4096 open files, files of 4 GiB. None on address space, which
// would break Node. A limit that the system sets lower stays. The environment is only what we give: bash adds its own.
const LIMITS = 'ulimit -c 0; ulimit -n 4096; ulimit -f 4194304';
// Threads count as processes here. Only a user who is nobody else's is counted.
const PROCESSES = 'ulimit -u 4096';

/** Starts a program in its sandbox, with stdin, stdout and stderr as pipes, in a process group of its own. */
export function startLaunch(launch: Launch, program: readonly string[]): RunningProcess {
  const bubblewrap = launch.kind === 'bubblewrap';
  if (launch.filter?.path !== undefined) writeFilter(launch.filter.path, launch.filter.bytes);
  const running = startProcess({
    command: 'bash',
    args: [
      // Its input is a socket, and for a socket bash would read the user's start file, as for rshd.
      '--norc',
      '-c',
      wrapperOf(launch),
      'bash',
      launch.command,
      ...(bubblewrap ? ['--args', '4', '--info-fd', '3'] : launch.args),
      '--',
      ...program,
    ],
    env: launch.env,
    group: true,
    stdio: Array.from({ length: bubblewrap ? 6 : 3 }, () => 'pipe' as const),
  });
  if (bubblewrap) {
    // Through a pipe, because the command line can be read inside and would tell the paths of this machine.
    endWith(running.descriptor(4), launch.args.join('\0'));
    endWith(running.descriptor(5), launch.filter?.bytes ?? '');
  }
  running.stdin?.on('error', () => undefined);
  return running;
}

/** How a program in a sandbox ended. `missing`: the sandbox's own program is not there. */
export type LaunchEnd = Readonly<{
  exitCode: number | null;
  missing: boolean;
  stdout: string;
  stderr: string;
}>;

/** Runs a program in its sandbox to its end, or kills it after `timeoutMs`. Never rejects for what the program does. */
export async function runLaunch(
  launch: Launch,
  program: readonly string[],
  timeoutMs: number,
): Promise<LaunchEnd> {
  const running = startLaunch(launch, program);
  running.stdin?.end();
  const stdout = textOf(running.stdout);
  const stderr = textOf(running.stderr);
  const timer = setTimeout(() => running.kill('SIGKILL'), timeoutMs);
  const { exitCode } = await running.ended;
  clearTimeout(timer);
  // The convention of shells for a program that is not found.
  return { exitCode, missing: exitCode === 127, stdout: stdout(), stderr: stderr() };
}

function wrapperOf({ uid, env }: Launch): string {
  const limits = uid === undefined ? LIMITS : `${LIMITS}; ${PROCESSES}`;
  const kept = Object.keys(env).map((name) => `${name}="$${name}"`);
  return `{ ${limits}; } 2>/dev/null; exec env -i ${kept.join(' ')} "$@"`;
}

/** Not written over: another executor of this attempt may be reading it. */
function writeFilter(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, bytes, { mode: 0o400, flag: 'wx' });
}

function textOf(stream: Readable | null): () => string {
  const MAX = 1024 * 1024;
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    if (text.length < MAX) text += chunk.toString('utf8');
  });
  stream?.on('error', () => undefined);
  return () => text;
}

function endWith(stream: Readable | Writable | undefined, content: string | Buffer): void {
  if (!stream || !('end' in stream)) return;
  stream.on('error', () => undefined);
  stream.end(content);
}
