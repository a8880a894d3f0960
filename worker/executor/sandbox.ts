import { runProcess } from '../../core/process.ts';
import { takeAttemptUser } from './attempt-user.ts';
import type { Launch } from './launch-command.ts';
import { judge, type Judgement } from './probe/judge.ts';
import type { ProbeAuthor } from './probe/questions.ts';
import { runProbe } from './probe/run-probe.ts';
import { filterArch } from './seccomp/filter.ts';

/** What confines the executor on this machine, strongest first. */
export type SandboxKind = Launch['kind'];

/** The confinement that really works here, found by trying it. */
export type Sandbox = Readonly<{
  kind: SandboxKind;
  /** Commands run only where files, processes and network are confined. */
  shell: boolean;
  /** The network that tools see after set-up. */
  network: 'none' | 'host';
  /** One sentence for people: what is active and why. */
  reason: string;
  /** Set when not even file tools stay inside: no job may run. One sentence for people. */
  refused?: string;
  /** The Debian package that would make it better. */
  missingPackage?: 'bubblewrap';
  /** The bwrap program to use. */
  bwrapPath: string;
  /** The setpriv program to use, and whether it can load a filter of system calls. */
  setprivPath?: string;
  filters?: boolean;
  /** The user of this attempt alone, for `uid`. */
  uid?: number;
}>;

/** Where to look. `preferred` leaves out stronger kinds; the paths name programs (default: in the search path). */
export type DetectOptions = Readonly<{
  preferred?: SandboxKind;
  bwrapPath?: string;
  setprivPath?: string;
}>;

const KINDS = ['bubblewrap', 'uid', 'namespaces', 'process'] as const;

/**
 * Finds the strongest confinement that works, by trying in it what must not work. What gets through turns the shell
 * off, or sets `refused`; it is never passed over in silence. Never throws.
 */
export async function detectSandbox(options: DetectOptions = {}): Promise<Sandbox> {
  const from = KINDS.indexOf(options.preferred ?? 'bubblewrap');
  const failures: string[] = [];
  let missing = false;
  for (const kind of KINDS.slice(from)) {
    const sandbox = await describe(kind, options);
    if (!sandbox) continue;
    const report = await runProbe(sandbox, questionsFor(sandbox));
    if (report.started || kind === 'process') {
      // A plain process that does not start says so again, and the job is tried again.
      const judgement = report.started ? judge(report.rows, questionsFor(sandbox)) : judge([], []);
      const found = kind === 'process' ? withoutConfinement(sandbox, failures) : sandbox;
      const why = kind === 'process' ? [] : failures;
      return { ...judged(found, judgement, why), ...missingPackage(missing) };
    }
    missing ||= kind === 'bubblewrap' && report.missing;
    const said = report.said ? `: ${report.said}` : '';
    const name = kind === 'uid' ? 'setpriv' : kind;
    failures.push(`${name} ${report.missing ? 'is not installed' : `does not work here${said}`}`);
  }
  throw new Error('The plain process is always there');
}

/** A shell that is off anyway asks for no command's rows. */
function questionsFor({ shell }: Sandbox): readonly ProbeAuthor[] {
  return shell ? ['command', 'tool'] : ['tool'];
}

function judged(sandbox: Sandbox, { shell, job }: Judgement, failures: readonly string[]): Sandbox {
  const why = failures.length > 0 ? ` (${failures.join('; ')})` : '';
  const off =
    shell === undefined ? '' : `; the shell is off, because a probe of it got through: ${shell}`;
  const refused =
    job && `File tools do not stay in their folders here; a probe got through: ${job}.`;
  return {
    ...sandbox,
    shell: sandbox.shell && shell === undefined,
    reason: `${sandbox.reason}${off}${why}.`,
    ...(refused ? { refused } : {}),
  };
}

function withoutConfinement(sandbox: Sandbox, failures: readonly string[]): Sandbox {
  const why = failures.length > 0 ? failures.join('; ') : 'asked for by configuration';
  return { ...sandbox, reason: `${sandbox.reason} (${why})` };
}

function missingPackage(missing: boolean) {
  return missing && process.platform === 'linux' ? { missingPackage: 'bubblewrap' as const } : {};
}

async function describe(kind: SandboxKind, options: DetectOptions): Promise<Sandbox | undefined> {
  const bwrapPath = options.bwrapPath ?? 'bwrap';
  switch (kind) {
    case 'bubblewrap':
      return {
        kind,
        shell: true,
        network: 'none',
        reason: 'Tools run in bubblewrap: own file system, processes and network',
        bwrapPath,
      };
    case 'uid':
      return describeUid({ bwrapPath, setprivPath: options.setprivPath ?? 'setpriv' });
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

/** Undefined where this process may not give another user's id. */
async function describeUid(
  programs: Readonly<{ bwrapPath: string; setprivPath: string }>,
): Promise<Sandbox | undefined> {
  const uid = takeAttemptUser();
  if (uid === undefined) return undefined;
  const filters = filterArch() !== undefined && (await loadsFilters(programs.setprivPath));
  return {
    ...programs,
    kind: 'uid',
    uid,
    filters,
    shell: filters,
    network: filters ? 'none' : 'host',
    reason: filters
      ? 'Tools run as a user of their own without rights, and a filter closes the network'
      : 'Tools run as a user of their own without rights, but nothing closes the network: setpriv of util-linux 2.41 or later would',
  };
}

/** setpriv loads filters since util-linux 2.41. */
async function loadsFilters(setprivPath: string): Promise<boolean> {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
  const help = await runProcess({ command: setprivPath, args: ['--help'], env });
  return help.stdout.toString().includes('--seccomp-filter');
}
