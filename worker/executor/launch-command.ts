import { dirname, join } from 'node:path';
import { bubblewrapArgs, type BubblewrapMounts } from './bubblewrap-args.ts';
import { landlockArgs } from './landlock.ts';
import { filterArch, seccompFilter, type Sockets } from './seccomp/filter.ts';

/** What a launch needs to know of the sandbox. */
type Confinement = Readonly<{
  kind: 'bubblewrap' | 'uid' | 'namespaces' | 'process';
  /** The bwrap program to use. */
  bwrapPath: string;
  /** The setpriv program to use, and whether it can load a filter and close the file system. */
  setprivPath?: string;
  filters?: boolean;
  landlock?: boolean;
  /** The user of this attempt alone, for `uid`. */
  uid?: number;
}>;

/** How to start a program in a sandbox: `command`, `args`, `--`, then the program as it is named inside. */
export type Launch = Readonly<{
  kind: Confinement['kind'];
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  node: string;
  packageRoot: string;
  path: string;
  /** The three folders as seen inside. */
  roots: Readonly<{ repo: string; logs: string; scratch: string }>;
  /** The system call filter: in bubblewrap sent through descriptor 5, else to be written to `path` before. */
  filter?: Readonly<{ bytes: Buffer; path?: string }>;
  /** Everything of this user is ended with the executor. */
  uid?: number;
}>;

/** The folder that holds worker, core and node_modules. */
export const PACKAGE_ROOT = join(import.meta.dirname, '..', '..');

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ENV = { PATH: SYSTEM_PATH, LANG: 'C.UTF-8' };

type Options = BubblewrapMounts & Readonly<{ sandbox: Confinement }>;

/** Builds the command line for one sandbox kind. The environment of every kind is this short list. */
export function launchCommand(options: Options): Launch {
  if (options.sandbox.kind === 'bubblewrap') return bubblewrapLaunch(options);
  const plain = {
    env: ENV,
    node: options.nodePath,
    packageRoot: options.packageRoot,
    path: `${dirname(options.nodePath)}:${SYSTEM_PATH}`,
    roots: { repo: options.workTree, logs: options.logs, scratch: options.scratch },
  };
  if (options.sandbox.kind === 'process') {
    return { ...plain, kind: 'process', command: 'env', args: [] };
  }
  if (options.sandbox.kind === 'uid') return { ...plain, ...uidLaunch(options) };
  const net = options.network ? [] : ['--net'];
  return {
    ...plain,
    kind: 'namespaces',
    command: 'unshare',
    args: ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc', ...net],
  };
}

function bubblewrapLaunch(options: Options): Launch {
  const view = bubblewrapArgs(options);
  // Its own network is closed already, and has a loopback that tests may use.
  const filter = filterFor('network');
  const loaded = filter ? ['--seccomp', '5'] : [];
  return {
    kind: 'bubblewrap',
    command: options.sandbox.bwrapPath,
    args: [...view.args, ...loaded, '--setenv', 'PATH', view.path, '--setenv', 'LANG', ENV.LANG],
    env: ENV,
    node: view.node,
    packageRoot: view.packageRoot,
    path: view.path,
    roots: {
      repo: '/workspace/repo',
      logs: '/workspace/logs',
      scratch: '/workspace/scratch',
    },
    ...(filter ? { filter: { bytes: filter } } : {}),
  };
}

/** setpriv(1): another user without any right. Its filter closes the network, which is everybody's here. */
function uidLaunch(options: Options) {
  const { sandbox, scratch } = options;
  const id = String(sandbox.uid);
  const sockets = socketsOf(options);
  const bytes = sandbox.filters ? filterFor(sockets) : undefined;
  const path = join(dirname(scratch), `filter-${sockets}`);
  const rights =
    '--clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all';
  return {
    kind: 'uid',
    command: sandbox.setprivPath ?? 'setpriv',
    args: [
      '--reuid',
      id,
      '--regid',
      id,
      ...rights.split(' '),
      '--pdeathsig',
      'KILL',
      ...(sandbox.landlock ? landlockArgs(options) : []),
      ...(bytes ? ['--seccomp-filter', path] : []),
    ],
    ...(bytes ? { filter: { bytes, path } } : {}),
    ...(sandbox.uid === undefined ? {} : { uid: sandbox.uid }),
  } as const;
}

/** A socket in the file system leads to set-up's proxy, and could lead to any service of this machine. */
function socketsOf({ network, egress }: Options): Sockets {
  if (network) return 'network';
  return egress === undefined ? 'none' : 'local';
}

function filterFor(sockets: Sockets): Buffer | undefined {
  const arch = filterArch();
  return arch && seccompFilter({ arch, sockets });
}
