import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../core/process.ts';
import { root, tool } from './tool.ts';

/** `npm run check`: everything about the sources that can be told without running the product. */
type Check = Readonly<{ name: string; run: () => Promise<string | undefined> }>;

/** Not infra/: its types are there once SST has installed them, so `npm run infra` lints it. */
const lintFolders = ['app', 'worker', 'core', 'local', 'bench', 'test'];

const checks: readonly Check[] = [
  { name: 'format', run: command('prettier', ['--check', '--log-level', 'warn', '.']) },
  {
    name: 'lint',
    // A folder that is not there yet would be an error; named folders keep it away from everything else.
    run: command('oxlint', [
      '--type-aware',
      '--quiet',
      ...lintFolders.filter((folder) => existsSync(join(root, folder))),
    ]),
  },
  { name: 'types', run: command('tsc', ['--noEmit', '-p', '.']) },
  {
    name: 'unused code',
    run: command('knip', ['--no-progress']),
  },
  { name: 'import rules', run: command('vitest', ['run', 'test/boundaries.test.ts']) },
  { name: 'lockfile', run: () => Promise.resolve(lockProblem()) },
];

let failed = 0;
for (const check of checks) {
  const start = performance.now();
  const problem = await check.run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(
    `${problem === undefined ? 'ok    ' : 'FAILED'} ${check.name} ${seconds} s\n`,
  );
  if (problem === undefined) continue;
  failed += 1;
  process.stdout.write(`${problem}\n`);
}
process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function command(name: string, args: readonly string[]): Check['run'] {
  return async () => {
    const end = await runProcess(tool(name, args));
    if (end.exitCode === 0) return undefined;
    const output = `${end.stdout.toString()}${end.stderr.toString()}`.trim();
    return output || (end.error?.message ?? `${name} ended with exit code ${end.exitCode}`);
  };
}

/** Addresses in the lockfile would bind an installation to the registry that wrote them. */
function lockProblem(): string | undefined {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const count = lock.match(/"resolved":/g)?.length ?? 0;
  return count === 0 ? undefined : `package-lock.json has ${count} "resolved" addresses`;
}
