import { existsSync, readdirSync } from 'node:fs';
import { runProcess } from '../../core/process.ts';
import { browserNames, findProgram } from './find-program.ts';
import { tool } from './tool.ts';

/** Programs that tests start, and the Debian packages that hold them. */
const needed: readonly Readonly<{ programs: readonly string[]; package: string }>[] = [
  { programs: ['git'], package: 'git' },
  { programs: ['bwrap'], package: 'bubblewrap' },
  { programs: browserNames, package: 'chromium' },
];

/**
 * Installs the Debian packages whose programs are missing, as root on Debian only; elsewhere prints one line that names
 * them. The tests that need one then fail by themselves.
 */
export async function installMissingPackages(): Promise<void> {
  const names = needed
    .filter(({ programs }) => findProgram(programs) === undefined)
    .map((need) => need.package);
  if (names.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  const problem = mayInstall ? await install(names) : 'only root on Debian can install them here';
  if (problem === undefined) return;
  process.stdout.write(
    `Missing packages: ${names.join(' ')} (${problem}). Tests that need them fail.\n`,
  );
}

async function install(names: readonly string[]): Promise<string | undefined> {
  process.stdout.write(`Installing ${names.join(' ')}\n`);
  if (!hasPackageLists()) {
    const problem = await aptGet(['update', '-q']);
    if (problem !== undefined) return problem;
  }
  const first = await aptGet(['install', '-q', '-y', '--no-install-recommends', ...names]);
  if (first === undefined) return undefined;
  // Old lists name versions that are gone from the mirror.
  await aptGet(['update', '-q']);
  return aptGet(['install', '-q', '-y', '--no-install-recommends', ...names]);
}

async function aptGet(args: readonly string[]): Promise<string | undefined> {
  const { env } = tool('', []);
  const end = await runProcess(
    { command: 'apt-get', args, env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } },
    { timeoutMs: 5 * 60_000 },
  );
  if (end.exitCode === 0) return undefined;
  const lastLine = end.stderr.toString().trim().split('\n').at(-1);
  return `apt-get ${args[0]} failed: ${lastLine || (end.error?.message ?? 'no output')}`;
}

function hasPackageLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    // No folder, no lists.
    return false;
  }
}
