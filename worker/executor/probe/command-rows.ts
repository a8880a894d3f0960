import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../../core/process.ts';
import { codeOf, connect } from './connect.ts';
import { type ProbeRow, type ProbeSetup } from './questions.ts';
import { loopbackRow, METADATA } from './setup-rows.ts';

type Attempt = () => string | Promise<string>;

/** What the system answers to a packet that it does not let out of here. */
const CLOSED = ['ENETUNREACH', 'EACCES', 'EPERM', 'EAFNOSUPPORT'];

const OUTWARD = [...METADATA.map((host) => [host, 80] as const), ['1.1.1.1', 443] as const];

// Names in an environment of the worker, of what starts it, and of this probe's neighbour.
const OURS = /(?:^|\0)(?:CODY|AWS|ECS|ANTHROPIC|GITHUB)_\w+=/;

/** Tries what a hostile command would. */
export async function commandRows(setup: ProbeSetup): Promise<readonly ProbeRow[]> {
  const network = OUTWARD.map(([host, port]) => connectRow(host, port));
  return [
    ...(await Promise.all(network)),
    await loopbackRow('command', setup),
    ...(await socketRows(setup)),
    ...(await Promise.all(others(setup).map(([tried, attempt]) => row(tried, attempt)))),
    ...statusRows(),
  ];
}

async function connectRow(host: string, port: number): Promise<ProbeRow> {
  const answer = await connect({ host, port });
  return { by: 'command', tried: `connect to ${host}`, through: !CLOSED.includes(answer), answer };
}

/** Services that are spoken to by sockets of the system itself: a daemon of containers, a bus, an agent of keys. */
async function socketRows({ sockets }: ProbeSetup): Promise<readonly ProbeRow[]> {
  const [named, abstract] = [
    await connect({ path: sockets.named }),
    await connect({ path: sockets.abstract }),
  ];
  return [
    socketRow('connect to a socket in the file system of this machine', named),
    socketRow('connect to a socket of this machine without a file', abstract),
  ];
}

function socketRow(tried: string, answer: string): ProbeRow {
  return { by: 'command', tried, through: answer === 'connected', answer };
}

/** Looks at what other users of this machine may read as well. */
export async function viewRows({ open, id }: ProbeSetup): Promise<readonly ProbeRow[]> {
  const rows = [
    row('read files that all users of this machine may read', () => readFileSync(open, 'utf8')),
    row('read the command lines of processes outside', () => markedProcess(id)),
  ];
  return (await Promise.all(rows)).map((one) => ({ ...one, by: 'view' }));
}

/** Each of these ends with an error, or it got through. */
function others(setup: ProbeSetup): readonly (readonly [string, Attempt])[] {
  return [
    ['read the environment of a process outside', () => searchProcesses('environ', OURS)],
    ['read the memory of a process outside', () => openMemory(setup.id)],
    ['signal a process outside', () => signalOutside(setup.id)],
    ['read a file of another attempt', () => readFileSync(setup.neighbour, 'utf8').slice(0, 4)],
    ['write outside of the work folders', () => create(join(setup.outside, 'probe'))],
    ['write to the programs of this machine', () => create('/usr/bin/cody-probe')],
    ['change the code of the executor', () => create(join(import.meta.dirname, 'probe'))],
    ['make a device', () => run('mknod', [join(setup.scratch, 'device'), 'c', '1', '3'])],
    ['become root', becomeRoot],
    ['make namespaces', () => run('unshare', ['--user', 'true'])],
  ];
}

async function row(tried: string, attempt: Attempt): Promise<ProbeRow> {
  try {
    await attempt();
    return { by: 'command', tried, through: true, answer: 'it worked' };
  } catch (error) {
    return { by: 'command', tried, through: false, answer: codeOf(error) };
  }
}

/** Throws unless one of the processes that can be seen says so. */
function searchProcesses(name: 'environ' | 'cmdline', mark: RegExp): string {
  const found = pids().find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8').match(mark) !== null;
    } catch {
      // Not readable, as it should be.
      return false;
    }
  });
  if (found === undefined) throw new NotFound();
  return found;
}

function openMemory(id: string): string {
  const pid = markedProcess(id);
  closeSync(openSync(`/proc/${pid}/mem`, 'r'));
  return pid;
}

function signalOutside(id: string): string {
  const pid = markedProcess(id);
  process.kill(Number(pid), 0);
  return pid;
}

/** Command lines may be read by everybody who sees the process at all. */
function markedProcess(id: string): string {
  return searchProcesses('cmdline', new RegExp(`\0probe-of-${id}\0`));
}

function pids(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
}

function create(path: string): string {
  writeFileSync(path, 'probe', { flag: 'wx' });
  rmSync(path);
  return path;
}

function becomeRoot(): string {
  if (process.getuid?.() !== 0) process.setuid?.(0);
  return 'root';
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const { exitCode, error } = await runProcess({ command, args, env }, { timeoutMs: 5_000 });
  if (error) throw error;
  if (exitCode !== 0) throw new Refused(exitCode);
  return command;
}

/** What the kernel says of this process: no capability, no way to gain one, a filter of system calls. */
function statusRows(): readonly ProbeRow[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string) =>
    new RegExp(`^${name}:\\s+(\\w+)$`, 'm').exec(status)?.[1] ?? 'unknown';
  const is = (tried: string, name: string, wanted: RegExp): ProbeRow => {
    const value = field(name);
    return { by: 'command', tried, through: !wanted.test(value), answer: `${name} ${value}` };
  };
  return [
    is('have a capability', 'CapEff', /^0+$/),
    is('have capabilities to take', 'CapBnd', /^0+$/),
    is('gain rights by a program', 'NoNewPrivs', /^1$/),
    is('use system calls that are not filtered', 'Seccomp', /^2$/),
  ];
}

class NotFound extends Error {
  override readonly name = 'not visible';
}

class Refused extends Error {
  constructor(exitCode: number | null) {
    super();
    this.name = `exit code ${exitCode ?? 'none'}`;
  }
}
