import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { EGRESS_SOCKET } from './egress/way-out.ts';

/** What a bubblewrap sandbox shows. All paths are on this machine. */
export type BubblewrapMounts = Readonly<{
  workTree: string;
  logs: string;
  scratch: string;
  /** The folder that holds worker, core and node_modules. */
  packageRoot: string;
  nodePath: string;
  /** Elsewhere a network; here nothing but the way out below. */
  network: boolean;
  /** The socket of the way out, for set-up. */
  egress?: string | undefined;
  /** Further folders to show read-only at their own path; `<folder>/bin` joins the search path. */
  toolchains: readonly string[];
  /** What Node compiled of the executor's modules; `writable` only while nothing untrusted is inside. */
  compiled?: Readonly<{ folder: string; writable: boolean }> | undefined;
}>;

/** The arguments before the program, and where Node and our package are inside. */
export type BubblewrapView = Readonly<{
  args: readonly string[];
  node: string;
  packageRoot: string;
  path: string;
}>;

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PACKAGE = '/opt/cody';
const COMPILED = '/opt/compiled';

/** Where the programs of a system are: /usr, and links into it or, on systems that still have them, folders. */
export const SYSTEM_FOLDERS = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].map(
  (name) => `/${name}`,
);

const ETC = [
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'crypto-policies',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'pki/ca-trust',
  'pki/tls/cert.pem',
  'pki/tls/certs',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
];

// Ours: inside there is one user, and no name of this machine.
const OWN_ETC = ['passwd', 'group', 'hosts', 'nsswitch.conf'];

/** Options of bwrap(1) for the executor: own namespaces, no capabilities, an empty environment, uid 1000. */
export function bubblewrapArgs(mounts: BubblewrapMounts): BubblewrapView {
  const node = nodeView(mounts);
  const bins = [dirname(node.inside), ...mounts.toolchains.map((folder) => join(folder, 'bin'))];
  return {
    args: [
      ...namespaceArgs(),
      ...systemArgs(),
      ...etcArgs(),
      ...packageArgs(mounts.packageRoot),
      ...node.args,
      ...compiledArgs(mounts.compiled),
      ...mounts.toolchains.flatMap((folder) => bind(folder, folder)),
      ...bind(mounts.workTree, '/workspace/repo', '--bind'),
      ...bind(mounts.logs, '/workspace/logs', '--bind'),
      ...bind(mounts.scratch, '/workspace/scratch', '--bind'),
      ...(mounts.egress === undefined ? [] : bind(mounts.egress, EGRESS_SOCKET)),
      '--remount-ro',
      '/',
      '--chdir',
      '/workspace/repo',
    ],
    node: node.inside,
    packageRoot: PACKAGE,
    path: [...bins, SYSTEM_PATH].join(':'),
  };
}

function bind(from: string, to: string, option = '--ro-bind'): string[] {
  return [option, from, to];
}

function namespaceArgs(): string[] {
  const options =
    '--unshare-all --die-with-parent --new-session --cap-drop ALL --clearenv --uid 1000 --gid 1000 --hostname workspace';
  return options.split(' ');
}

/**
 * /usr, with /bin, /lib and the like as they are outside. Settings of the kernel are read-only: they belong to root, and so does, to the kernel, the user inside when root starts bubblewrap.
 */
function systemArgs(): string[] {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const path of SYSTEM_FOLDERS.slice(1)) {
    if (!existsSync(path)) continue;
    const real = realpathSync(path);
    if (real === path) args.push('--ro-bind', path, path);
    else args.push('--symlink', real.slice(1), path);
  }
  const [temporary, shared] = [inMemory('/tmp', 1024), inMemory('/dev/shm', 256)];
  args.push('--proc', '/proc', ...bind('/proc/sys', '/proc/sys'));
  args.push('--dev', '/dev', ...shared, '--remount-ro', '/dev');
  return [...args, ...temporary, ...inMemory('/run', 64)];
}

/** Files in memory, of so many MiB at most: they count for nobody's limits. */
function inMemory(path: string, megabytes: number): readonly string[] {
  return ['--size', String(megabytes * 1024 ** 2), '--tmpfs', path];
}

/** Names in /etc that programs look up, and that tell nothing about this machine's users and secrets. */
export function systemSettings(): readonly string[] {
  return [...ETC, ...readdirSync('/etc').filter((name) => name.startsWith('java'))];
}

function etcArgs(): string[] {
  return [
    ...systemSettings().flatMap((name) => bind(`/etc/${name}`, `/etc/${name}`, '--ro-bind-try')),
    ...OWN_ETC.flatMap((name) => bind(join(import.meta.dirname, 'etc', name), `/etc/${name}`)),
  ];
}

function packageArgs(root: string): string[] {
  return ['worker', 'core', 'node_modules', 'package.json'].flatMap((name) =>
    bind(join(root, name), `${PACKAGE}/${name}`),
  );
}

function compiledArgs(compiled: BubblewrapMounts['compiled']): string[] {
  if (compiled === undefined) return [];
  const option = compiled.writable ? '--bind' : '--ro-bind';
  return [...bind(compiled.folder, COMPILED, option), '--setenv', 'NODE_COMPILE_CACHE', COMPILED];
}

function nodeView({ nodePath, packageRoot }: BubblewrapMounts) {
  const modules = realpathSync(join(packageRoot, 'node_modules'));
  if (isBelow(modules, nodePath)) {
    return { inside: join(PACKAGE, 'node_modules', relative(modules, nodePath)), args: [] };
  }
  if (isBelow('/usr', nodePath)) return { inside: nodePath, args: [] };
  // Only Node and its npm are shown, not the folder around them, which may be someone's home.
  const npm = join(dirname(dirname(nodePath)), 'lib', 'node_modules', 'npm');
  const args = ['--ro-bind', nodePath, '/opt/node/bin/node'];
  if (existsSync(npm)) {
    args.push('--ro-bind', npm, '/opt/node/lib/node_modules/npm');
    for (const name of ['npm', 'npx']) {
      args.push('--symlink', `../lib/node_modules/npm/bin/${name}-cli.js`, `/opt/node/bin/${name}`);
    }
  }
  return { inside: '/opt/node/bin/node', args };
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}
