import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { canaries } from '../canaries.ts';
import { type Witness, witness } from './witness.ts';

/** Files of this machine that have nothing to do with a job. */
type Planted = Readonly<{
  files: readonly string[];
  /** What they hold, and what stands where a machine is taken over. */
  look: () => Witness;
  remove: () => void;
}>;

/** Where whoever got out leaves something: names of programs, settings, and what is started later. */
const folders = [
  '/',
  '/etc',
  '/etc/cron.d',
  '/etc/profile.d',
  '/opt',
  '/usr/bin',
  '/usr/local/bin',
  '/var/spool/cron',
  '/var/spool/cron/crontabs',
];

const settings = [
  '/etc/crontab',
  '/etc/group',
  '/etc/hosts',
  '/etc/ld.so.preload',
  '/etc/passwd',
  '/etc/resolv.conf',
  '/etc/shadow',
  '/etc/sudoers',
  ...['.bashrc', '.gitconfig', '.netrc', '.npmrc', '.profile', '.ripgreprc'].map((name) =>
    join(homedir(), name),
  ),
];

/** Puts a canary, which only this user may read, into each place that all jobs share, and into the user's home. */
export function plantOnMachine(): Planted {
  const places = [tmpdir(), '/var/tmp', '/dev/shm', homedir()];
  const made = [...new Set(places)].flatMap((place) => {
    try {
      const folder = mkdtempSync(join(place, '.cody-threats-beside-'));
      writeFileSync(join(folder, 'secret.txt'), canaries.machine, { mode: 0o600 });
      return [folder];
    } catch {
      // Not there, or not ours to write to.
      return [];
    }
  });
  return {
    files: made.map((folder) => join(folder, 'secret.txt')),
    look: () =>
      new Map([
        ...made.flatMap((folder) =>
          [...witness(folder)].map(([name, what]) => [join(folder, name), what] as const),
        ),
        ...folders.flatMap(namesIn),
        ...settings.map((path) => [path, stateOf(path)] as const),
      ]),
    remove: () => {
      for (const folder of made) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Not what we planted ourselves: another run may do the same. */
function namesIn(folder: string): (readonly [string, string])[] {
  if (!existsSync(folder)) return [];
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith('.cody-threats-'));
    return names.map((name) => [join(folder, name), 'there'] as const);
  } catch {
    // Not ours to read.
    return [];
  }
}

function stateOf(path: string): string {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return 'absent';
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    // Not ours to read.
    return 'closed';
  }
}
