import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../../core/process.ts';
import { type Launch, launchCommand, PACKAGE_ROOT } from './launch-command.ts';

/** What confines the executor on this machine, strongest first. */
export type SandboxKind = Launch['kind'];

/** The confinement that really works here, found by trying it. */
export type Sandbox = Readonly<{
  kind: SandboxKind;
  /** Commands run only where the file system is confined. */
  shell: boolean;
  /** The network that tools see after set-up. */
  network: 'none' | 'host';
  /** One sentence for people: what is active and why. */
  reason: string;
  /** The Debian package that would make it better. */
  missingPackage?: 'bubblewrap';
  /** The bwrap program to use. */
  bwrapPath: string;
}>;

const KINDS: readonly SandboxKind[] = ['bubblewrap', 'namespaces', 'process'];
const PROBE_MS = 10_000;

/**
 * Finds the strongest confinement that works, by starting something in it. `preferred` leaves out stronger ones;
 * `bwrapPath` names the program (default: bwrap in the system's search path). Never throws.
 */
export async function detectSandbox(
  options: Readonly<{ preferred?: SandboxKind; bwrapPath?: string }> = {},
): Promise<Sandbox> {
  const bwrapPath = options.bwrapPath ?? 'bwrap';
  const from = KINDS.indexOf(options.preferred ?? 'bubblewrap');
  const failures: string[] = [];
  let missing = false;
  for (const kind of KINDS.slice(from)) {
    if (kind === 'process') break;
    const sandbox = describe(kind, bwrapPath);
    const probe = await tryOut(sandbox);
    if (probe.works) {
      const why = failures.length > 0 ? ` (${failures.join('; ')})` : '';
      return { ...sandbox, reason: `${sandbox.reason}${why}.`, ...missingPackage(missing) };
    }
    missing ||= kind === 'bubblewrap' && probe.missing;
    failures.push(
      `${kind} ${probe.missing ? 'is not installed' : `does not work here${probe.said}`}`,
    );
  }
  const plain = describe('process', bwrapPath);
  const why = failures.length > 0 ? failures.join('; ') : 'asked for by configuration';
  return { ...plain, reason: `${plain.reason} (${why}).`, ...missingPackage(missing) };
}

function missingPackage(missing: boolean) {
  return missing && process.platform === 'linux' ? { missingPackage: 'bubblewrap' as const } : {};
}

function describe(kind: SandboxKind, bwrapPath: string): Sandbox {
  switch (kind) {
    case 'bubblewrap':
      return {
        kind,
        shell: true,
        network: 'none',
        reason: 'Tools run in bubblewrap: own file system, processes and network',
        bwrapPath,
      };
    case 'namespaces':
      return {
        kind,
        shell: false,
        network: 'none',
        reason: 'Tools have their own processes and network, but the file system is not confined',
        bwrapPath,
      };
    case 'process':
      return {
        kind,
        shell: false,
        network: 'host',
        reason: 'Tools run in a plain process without confinement',
        bwrapPath,
      };
  }
}

type Probe = Readonly<{ works: boolean; missing: boolean; said: string }>;

/** Starts Node in the sandbox, with real mounts, and expects its answer. */
async function tryOut(sandbox: Sandbox): Promise<Probe> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-probe-'));
  try {
    const launch = launchCommand({
      sandbox,
      workTree: folder,
      logs: folder,
      scratch: folder,
      network: false,
      nodePath: process.execPath,
      packageRoot: PACKAGE_ROOT,
      toolchains: [],
    });
    const script = sandbox.shell
      ? `require('node:child_process').execFileSync('bash', ['-c', 'test -w /workspace/repo']); process.stdout.write('ok')`
      : `process.stdout.write('ok')`;
    const result = await runProcess(
      {
        command: launch.command,
        args: [...launch.args, '--', launch.node, '-e', script],
        env: launch.env,
      },
      { timeoutMs: PROBE_MS },
    );
    const error = result.error;
    const missing = error !== undefined && 'code' in error && error.code === 'ENOENT';
    const works = result.exitCode === 0 && result.stdout.toString() === 'ok';
    const [said] = result.stderr.toString().trim().split('\n');
    return { works, missing, said: said ? `: ${said.slice(0, 200)}` : '' };
  } catch {
    // A mount that does not exist, for instance another layout of the system: this kind does not work.
    return { works: false, missing: false, said: '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
