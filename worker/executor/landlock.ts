import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SYSTEM_FOLDERS, systemSettings } from './bubblewrap-args.ts';

/** What a user's commands may reach in the file system. All paths are on this machine. */
export type Reach = Readonly<{
  workTree: string;
  logs: string;
  scratch: string;
  packageRoot: string;
  nodePath: string;
  toolchains: readonly string[];
  /** The socket of set-up's proxy; what leads programs to it stands beside it. */
  egress?: string | undefined;
}>;

const READ = ['execute', 'read-file'];
const CHANGE = [
  'write-file',
  'remove-dir',
  'remove-file',
  'make-dir',
  'make-reg',
  'make-sock',
  'make-fifo',
  'make-sym',
  'refer',
];

// What the first two versions of Landlock know, which Linux has since 5.19: naming more would fail on such a kernel.
const ALL = ['read-dir', 'make-char', 'make-block', ...READ, ...CHANGE];

/*
 * In /etc, where a user of its own sees the machine's. In /proc everything: a rule holds for what is there when it is
 * made, and the processes of later are not. What is other users' is closed there but for lists and command lines.
 */
const SETTINGS = ['passwd', 'group', 'hosts', 'nsswitch.conf', 'resolv.conf', 'host.conf'];
// Debian keeps parts of these languages there, which /usr links to: a link that may not be followed is an error.
const LANGUAGES = /^(?:maven|perl|php|python|ruby)/;
/*
 * Settings of programs. Many read them when they start, and take one that is there and closed for an error. Nothing
 * that is open to all users belongs here that keeps keys: neither ssl/private nor ssh.
 */
const PROGRAMS = [
  'bash.bashrc',
  'inputrc',
  'profile',
  'profile.d',
  'terminfo',
  'shells',
  'login.defs',
  'wgetrc',
  'pip.conf',
  'npmrc',
  'yarnrc',
  'gemrc',
  'mercurial',
  'subversion',
  'fonts',
  'magic',
  'magic.mime',
  'locale.alias',
  'papersize',
  'texmf',
  'xdg',
  'sgml',
  'xml',
  'ImageMagick-6',
  'ImageMagick-7',
  'OpenCL',
  'glvnd',
  'vulkan',
  'gtk-2.0',
  'gtk-3.0',
  'dconf',
  'gai.conf',
  'networks',
  'rpc',
  'netconfig',
  'ethertypes',
  'gnutls',
  'odbcinst.ini',
  'R',
  'dotnet',
  'gdb',
  'ghc',
  'groff',
  'manpath.config',
  'postgresql-common',
  'vim',
  'X11',
  'os-release',
  'lsb-release',
];
const KERNEL = ['/proc', '/sys/devices/system/cpu', '/sys/fs/cgroup'];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'pts'];

/** Options of setpriv(1) that close the file system but for the system, the tools and the attempt's own folders. */
export function landlockArgs(reach: Reach): readonly string[] {
  const npm = join(dirname(dirname(reach.nodePath)), 'lib', 'node_modules');
  const languages = readdirSync('/etc').filter((name) => LANGUAGES.test(name));
  const read = [
    ...SYSTEM_FOLDERS,
    ...[...systemSettings(), ...SETTINGS, ...PROGRAMS, ...languages].map((name) => `/etc/${name}`),
    ...KERNEL,
    ...['worker', 'core', 'node_modules', 'package.json'].map((it) => join(reach.packageRoot, it)),
    reach.nodePath,
    npm,
    ...reach.toolchains,
    ...(reach.egress === undefined ? [] : [dirname(reach.egress)]),
  ];
  const write = DEVICES.map((name) => `/dev/${name}`);
  const own = ['/dev/shm', reach.workTree, reach.logs, reach.scratch];
  return [
    '--landlock-access',
    `fs:${ALL.join(',')}`,
    ...rules(read, READ),
    ...rules(write, ['read-file', 'write-file']),
    ...rules(own, [...READ, ...CHANGE]),
  ];
}

/** Options that close nothing that counts: whether they work tells whether this system has Landlock. */
export function landlockTrial(): readonly string[] {
  return ['--landlock-access', 'fs:make-block', '--landlock-rule', 'path-beneath:make-block:/'];
}

function rules(paths: readonly string[], rights: readonly string[]): readonly string[] {
  const there = paths.filter((path) => existsSync(path)).map((path) => realpathSync(path));
  return [...new Set(there)].flatMap((path) => ['--landlock-rule', ruleOf(path, rights)]);
}

/** A file takes no right of a folder: landlock(7). */
function ruleOf(path: string, rights: readonly string[]): string {
  const all = statSync(path).isDirectory() ? [...rights, 'read-dir'] : rights;
  return `path-beneath:${all.join(',')}:${path}`;
}
