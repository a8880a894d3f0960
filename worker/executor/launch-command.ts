import { dirname, join } from 'node:path';
import { bubblewrapArgs, type BubblewrapMounts } from './bubblewrap-args.ts';

/** What a launch needs to know of the sandbox. */
type Confinement = Readonly<{
  kind: 'bubblewrap' | 'namespaces' | 'process';
  /** The bwrap program to use. */
  bwrapPath: string;
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
}>;

/** The folder that holds worker, core and node_modules. */
export const PACKAGE_ROOT = join(import.meta.dirname, '..', '..');

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Builds the command line for one sandbox kind. The environment of every kind is this short list. */
export function launchCommand(
  options: BubblewrapMounts & Readonly<{ sandbox: Confinement }>,
): Launch {
  const env = { PATH: SYSTEM_PATH, LANG: 'C.UTF-8' };
  if (options.sandbox.kind === 'bubblewrap') {
    const view = bubblewrapArgs(options);
    return {
      kind: 'bubblewrap',
      command: options.sandbox.bwrapPath,
      args: [...view.args, '--setenv', 'PATH', view.path, '--setenv', 'LANG', 'C.UTF-8'],
      env,
      node: view.node,
      packageRoot: view.packageRoot,
      path: view.path,
      roots: {
        repo: '/workspace/repo',
        logs: '/workspace/logs',
        scratch: '/workspace/scratch',
      },
    };
  }
  const plain = {
    env,
    node: options.nodePath,
    packageRoot: options.packageRoot,
    path: `${dirname(options.nodePath)}:${SYSTEM_PATH}`,
    roots: { repo: options.workTree, logs: options.logs, scratch: options.scratch },
  };
  if (options.sandbox.kind === 'process') {
    return { ...plain, kind: 'process', command: 'env', args: [] };
  }
  const net = options.network ? [] : ['--net'];
  return {
    ...plain,
    kind: 'namespaces',
    command: 'unshare',
    args: ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc', ...net],
  };
}
