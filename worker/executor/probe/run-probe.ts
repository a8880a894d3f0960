import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startProcess } from '../../../core/process.ts';
import { giveFolders } from '../attempt-user.ts';
import { type Egress, startEgress } from '../egress/start-egress.ts';
import { EGRESS_SOCKET } from '../egress/way-out.ts';
import { launchCommand, PACKAGE_ROOT } from '../launch-command.ts';
import type { Sandbox } from '../sandbox.ts';
import { runLaunch } from '../start-launch.ts';
import { type ProbeAuthor, probeMark, ProbeRow, type ProbeSetup } from './questions.ts';

/** What came of a probe: its rows, or why the sandbox did not start. */
export type ProbeReport =
  | Readonly<{ started: true; rows: readonly ProbeRow[] }>
  | Readonly<{ started: false; missing: boolean; said: string }>;

const PROBE_MS = 20_000;

/**
 * Starts the probe in a sandbox, as the executor is started, beside a process, services and a neighbour's file that it
 * must not get at. For `setup` rows it is as open as for set-up, and has set-up's proxy. Never rejects.
 */
export async function runProbe(sandbox: Sandbox, by: readonly ProbeAuthor[]): Promise<ProbeReport> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-probe-'));
  const id = randomBytes(8).toString('hex');
  const neighbour = startProcess({
    command: 'sh',
    args: ['-c', 'read -r line', `probe-of-${id}`, 'end'],
    env: { PATH: '/usr/bin:/bin', CODY_PROBE_MARK: id },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const sockets = { named: join(folder, 'service'), abstract: `\0probe-of-${id}` };
  const servers = [
    { port: 0, host: '127.0.0.1' },
    ...Object.values(sockets).map((path) => ({ path })),
  ].map((at) => createServer((socket) => socket.destroy()).listen(at));
  let egress: Egress | undefined;
  try {
    await Promise.all(servers.map((server) => once(server, 'listening')));
    if (by.includes('setup') && ['proxy', 'node_proxy'].includes(sandbox.setup))
      egress = await startEgress({ hosts: sandbox.setupHosts, uid: sandbox.uid });
    return await inside(sandbox, {
      ...layOut(folder, id, sandbox),
      probe: { id, by: [...by], sockets, port: portOf(servers) },
      egress: egress?.socket,
    });
  } catch {
    // A mount that does not exist, for instance another layout of the system: this kind does not work.
    return { started: false, missing: false, said: '' };
  } finally {
    egress?.close();
    for (const server of servers) server.close();
    neighbour.kill('SIGKILL');
    await neighbour.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

function portOf([server]: readonly Server[]): number {
  const address = server?.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** An attempt's folders, a neighbour's that is closed, and what is open to all users. */
function layOut(folder: string, id: string, { uid }: Sandbox) {
  const at = (...names: readonly string[]) => {
    const path = join(folder, ...names);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const own = {
    workTree: at('own', 'repo'),
    logs: at('own', 'logs'),
    scratch: at('own', 'scratch'),
  };
  const outside = at('neighbour');
  const [neighbour, open] = [join(outside, 'file'), join(folder, 'open')];
  writeFileSync(neighbour, probeMark(id), { mode: 0o600 });
  writeFileSync(open, 'open');
  chmodSync(open, 0o644);
  chmodSync(join(folder, 'service'), 0o777);
  chmodSync(folder, 0o711);
  if (uid !== undefined) giveFolders(uid, Object.values(own));
  return { own, outside: { outside, neighbour, open } };
}

type Place = ReturnType<typeof layOut> &
  Readonly<{
    probe: Pick<ProbeSetup, 'id' | 'by' | 'sockets' | 'port'>;
    egress: string | undefined;
  }>;

async function inside(
  sandbox: Sandbox,
  { own, outside, probe, egress }: Place,
): Promise<ProbeReport> {
  const launch = launchCommand({
    sandbox,
    ...own,
    network: probe.by.includes('setup') && sandbox.setup === 'open',
    egress,
    nodePath: process.execPath,
    packageRoot: PACKAGE_ROOT,
    toolchains: [],
  });
  const seen = launch.kind === 'bubblewrap' ? EGRESS_SOCKET : egress;
  const setup: ProbeSetup = {
    ...launch.roots,
    ...outside,
    ...probe,
    ...(egress === undefined ? {} : { egress: seen }),
  };
  const script = `${launch.packageRoot}/worker/executor/probe/inside.ts`;
  const program = [launch.node, '--disable-warning=ExperimentalWarning', script];
  const end = await runLaunch(launch, [...program, JSON.stringify(setup)], PROBE_MS);
  return reportOf(end);
}

function reportOf(end: Awaited<ReturnType<typeof runLaunch>>): ProbeReport {
  const [said = ''] = end.stderr.trim().split('\n');
  const failed = { started: false, missing: end.missing, said: withoutPaths(said) } as const;
  if (end.exitCode !== 0) return failed;
  try {
    return { started: true, rows: z.array(ProbeRow).parse(JSON.parse(end.stdout)) };
  } catch {
    // Not our answer: the sandbox is not what it claims to be.
    return failed;
  }
}

/** People read this: what a system says, without the paths of this machine. */
function withoutPaths(text: string): string {
  return text.slice(0, 200).replace(/\/[^\s'":,)]*/g, '…');
}
