import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startProcess } from '../../../core/process.ts';
import { giveFolders } from '../attempt-user.ts';
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
 * Starts the probe in a sandbox, as the executor is started, beside a process, a service and a neighbour's file that
 * it must not get at. For `setup` rows it is as open as for set-up. Never rejects.
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
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return await inside(sandbox, { folder, id, port, by });
  } catch {
    // A mount that does not exist, for instance another layout of the system: this kind does not work.
    return { started: false, missing: false, said: '' };
  } finally {
    server.close();
    neighbour.kill('SIGKILL');
    await neighbour.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

type Place = Readonly<{ folder: string; id: string; port: number; by: readonly ProbeAuthor[] }>;

async function inside(sandbox: Sandbox, { folder, id, port, by }: Place): Promise<ProbeReport> {
  const at = (...names: readonly string[]) => {
    const path = join(folder, ...names);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const [workTree, logs, scratch] = [at('own', 'repo'), at('own', 'logs'), at('own', 'scratch')];
  const outside = at('neighbour');
  writeFileSync(join(outside, 'file'), probeMark(id), { mode: 0o600 });
  chmodSync(folder, 0o711);
  if (sandbox.uid !== undefined) giveFolders(sandbox.uid, [workTree, logs, scratch]);
  const launch = launchCommand({
    sandbox,
    workTree,
    logs,
    scratch,
    network: by.includes('setup') && sandbox.setup === 'open',
    nodePath: process.execPath,
    packageRoot: PACKAGE_ROOT,
    toolchains: [],
  });
  const setup: ProbeSetup = {
    ...launch.roots,
    id,
    outside,
    port,
    by: [...by],
    neighbour: join(outside, 'file'),
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
