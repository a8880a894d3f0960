import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startProcess } from '../../core/process.ts';
import { installMissingPackages } from './debian-packages.ts';
import { tool } from './tool.ts';

/** `npm test`: all tests; further arguments, such as `--coverage`, go to vitest. The last line is the count. */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

await installMissingPackages();
const folder = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'cody-batch-test-'));
// Attempts with a user of their own find their folders in it.
chmodSync(folder, 0o711);
try {
  process.exitCode = await runTests(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Where temporary files are in memory, with room for all tests: engines that sync wait for no disk there. */
function memoryFolder(): string | undefined {
  const folder = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= 4 * 1024 ** 3 ? folder : undefined;
  } catch {
    // Not on this system.
    return undefined;
  }
}

async function runTests(folder: string): Promise<number> {
  const reportFile = join(folder, 'report.json');
  const given = process.argv.slice(2);
  const vitest = tool('vitest', [
    'run',
    ...options(folder),
    `--outputFile.json=${reportFile}`,
    ...given,
  ]);
  // What was compiled for one run need not be for the next; only that coverage counts less exactly with it.
  const compiled: Readonly<Record<string, string>> = given.some((option) =>
    option.startsWith('--coverage'),
  )
    ? {}
    : { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };
  const running = startProcess({
    ...vitest,
    env: { ...vitest.env, ...compiled, TMPDIR: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { exitCode } = await running.ended;
  const { passed, failed, skipped } = counts(reportFile);
  if (skipped > 0) say(`${skipped} skipped`);
  // An error outside of the tests fails the run, too.
  const other = exitCode !== 0 && failed === 0 ? 1 : 0;
  if (other === 1) say(`vitest ended with exit code ${exitCode}, though no test failed`);
  if (passed + failed === 0) say('no test ran');
  say(`${passed} passed, ${failed + other} failed`);
  return failed + other === 0 && passed > 0 ? 0 : 1;
}

function options(folder: string): string[] {
  return [
    '--reporter=default',
    '--reporter=json',
    '--coverage.include={core,app,worker}/**/*.ts',
    '--coverage.reportOnFailure',
    // Two runs beside each other must not share it.
    `--coverage.reportsDirectory=${join(folder, 'coverage')}`,
  ];
}

function counts(reportFile: string): { passed: number; failed: number; skipped: number } {
  let text: string;
  try {
    text = readFileSync(reportFile, 'utf8');
  } catch {
    // Without a report vitest did not come that far; its own output says why.
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const report = Report.parse(JSON.parse(text));
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests,
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
