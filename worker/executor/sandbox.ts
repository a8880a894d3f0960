import type { Policy } from '../../core/policy.ts';
import { runProcess } from '../../core/process.ts';
import { takeAttemptUser } from './attempt-user.ts';
import { landlockTrial } from './landlock.ts';
import type { Launch } from './launch-command.ts';
import { judge, type Judgement } from './probe/judge.ts';
import type { ProbeAuthor } from './probe/questions.ts';
import { type ProbeReport, runProbe } from './probe/run-probe.ts';
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
  /**
   * The network that set-up sees: a proxy that reaches no service of this machine or its cloud, the same for programs of
   * Node only, whatever this machine reaches, or none.
   */
  setup: 'proxy' | 'node_proxy' | 'open' | 'none';
  /** Hosts in private networks that its proxy reaches all the same. */
  setupHosts?: readonly string[];
  /** One sentence for people: what is active and why. */
  reason: string;
  /** Set when not even file tools stay inside: no job may run. One sentence for people. */
  refused?: string;
  /** The Debian package that would make it better. */
  missingPackage?: 'bubblewrap';
  /** The bwrap program to use. */
  bwrapPath: string;
  /** The setpriv program to use, and whether it can load a filter of system calls and close the file system. */
  setprivPath?: string;
  filters?: boolean;
  landlock?: boolean;
  /** The user of this attempt alone, for `uid`. */
  uid?: number;
}>;

/** Where to look. `preferred` leaves out stronger kinds; the paths name programs (default: in the search path). */
export type DetectOptions = Readonly<{
  preferred?: SandboxKind;
  /** What the operator lets set-up have where no proxy can be its one way out. */
  commands?: Pick<Policy['commands'], 'setup_network'> &
    Partial<Pick<Policy['commands'], 'setup_hosts'>>;
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
    const described = await describe(kind, options);
    if (!described) continue;
    const sandbox = { ...described, setupHosts: options.commands?.setup_hosts ?? [] };
    const report = await runProbe(sandbox, questionsFor(sandbox));
    if (report.started || kind === 'process') {
      // A plain process that does not start says so again, and the job is tried again.
      const judgement = report.started ? judge(report.rows, questionsFor(sandbox)) : judge([], []);
      const found = kind === 'process' ? withoutConfinement(sandbox, failures) : sandbox;
      const why = kind === 'process' ? [] : failures;
      const checked = { ...judged(found, judgement, why), ...missingPackage(missing) };
      return checked.shell ? withSetup(checked, report) : checked;
    }
    missing ||= kind === 'bubblewrap' && report.missing;
    const said = report.said ? `: ${report.said}` : '';
    const name = kind === 'uid' ? 'setpriv' : kind;
    failures.push(`${name} ${report.missing ? 'is not installed' : `does not work here${said}`}`);
  }
  throw new Error('The plain process is always there');
}

/** A shell that is off anyway asks for no command's rows. Where set-up is as closed as the rest, it is asked at once. */
function questionsFor({ shell, setup }: Sandbox): readonly ProbeAuthor[] {
  if (!shell) return ['tool'];
  return ['command', 'tool', 'view', ...(setup === 'proxy' ? ['setup' as const] : [])];
}

function judged(
  sandbox: Sandbox,
  { shell, job, view }: Judgement,
  failures: readonly string[],
): Sandbox {
  const seen = view === undefined ? '' : `; commands see more than their own: they ${view}`;
  const why = failures.length > 0 ? ` (${failures.join('; ')})` : '';
  const off =
    shell === undefined ? '' : `; the shell is off, because a probe of it got through: ${shell}`;
  const refused =
    job && `File tools do not stay in their folders here; a probe got through: ${job}.`;
  return {
    ...sandbox,
    shell: sandbox.shell && shell === undefined,
    reason: `${sandbox.reason}${seen}${off}${why}.`,
    ...(refused ? { refused } : {}),
  };
}

async function withSetup(sandbox: Sandbox, first: ProbeReport): Promise<Sandbox> {
  const report = sandbox.setup === 'proxy' ? first : await runProbe(sandbox, ['setup']);
  return judgedSetup(sandbox, judge(report.started ? report.rows : [], ['setup']));
}

/** Turns a proxy off that leads where it must not, and tells what an open network reaches beside the internet. */
export function judgedSetup(sandbox: Sandbox, { setup }: Pick<Judgement, 'setup'>): Sandbox {
  const found = setup === undefined ? '' : `; a probe got through: ${setup}`;
  const { reason } = sandbox;
  if (sandbox.setup === 'open') {
    const open = 'Set-up has the whole network of this machine, because the policy says so';
    return { ...sandbox, reason: `${reason} ${open}${found}.` };
  }
  if (setup === undefined) return sandbox;
  return { ...sandbox, setup: 'none', reason: `${reason} Set-up has no network${found}.` };
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
        setup: 'proxy',
        reason: 'Tools run in bubblewrap: own file system, processes and network',
        bwrapPath,
      };
    case 'uid':
      return describeUid({ ...options, bwrapPath });
    case 'namespaces':
      return {
        kind,
        shell: false,
        network: 'none',
        setup: 'none',
        reason: 'Tools have their own processes and network, but the file system is not confined',
        bwrapPath,
      };
    case 'process':
      return {
        kind,
        shell: false,
        network: 'host',
        setup: 'none',
        reason: 'Tools run in a plain process without confinement',
        bwrapPath,
      };
  }
}

/** Undefined where this process may not give another user's id. */
async function describeUid({
  bwrapPath,
  setprivPath = 'setpriv',
  commands,
}: DetectOptions & Readonly<{ bwrapPath: string }>): Promise<Sandbox | undefined> {
  const uid = takeAttemptUser();
  if (uid === undefined) return undefined;
  const filters = filterArch() !== undefined && (await loadsFilters(setprivPath));
  const landlock = await closesFiles(setprivPath);
  const able = { uid, filters, landlock, shell: filters, bwrapPath, setprivPath };
  const place = { ...able, kind: 'uid' } as const;
  const own = landlock ? `${ownUser} that reaches its own and the system's files only` : ownUser;
  if (!filters) {
    const lack = 'but nothing closes the network: setpriv of util-linux 2.41 or later would';
    return { ...place, network: 'host', setup: 'none', reason: `${own}, ${lack}` };
  }
  const closed = `${own}, and a filter closes the network`;
  if (commands?.setup_network === 'any')
    return { ...place, network: 'none', setup: 'open', reason: closed };
  const reason = `${closed}; set-up reaches the internet by programs of Node only`;
  return { ...place, network: 'none', setup: 'node_proxy', reason };
}

const ownUser = 'Tools run as a user of their own without rights';

/** setpriv loads filters since util-linux 2.41. */
async function loadsFilters(setprivPath: string): Promise<boolean> {
  const help = await runProcess({ command: setprivPath, args: ['--help'], env: ENV });
  return help.stdout.toString().includes('--seccomp-filter');
}

/** The same version knows Landlock; whether the kernel has it, and has it switched on, is found out by using it. */
async function closesFiles(setprivPath: string): Promise<boolean> {
  const args = [...landlockTrial(), 'true'];
  const { exitCode } = await runProcess({ command: setprivPath, args, env: ENV });
  return exitCode === 0;
}

const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
