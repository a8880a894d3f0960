import { isDeepStrictEqual } from 'node:util';
import { readOutcome, writeOutcome } from './situations/outcome-files.ts';
import { type Outcome, startSituations } from './situations/run-situation.ts';
import { situationNames } from './situations/situation.ts';

/* Writes what situations come to now: `node test/support/record-situations.ts <name…>`, or `--all`. */

const wanted = process.argv.slice(2);
const all = wanted.includes('--all');
const names = situationNames().filter((name) => all || wanted.some((one) => name.includes(one)));
if (names.length === 0) {
  process.stderr.write('Name situations, or parts of their names, or --all\n');
  process.exitCode = 2;
}

const situations = await startSituations();
try {
  for (const name of names) {
    const started = performance.now();
    const change = await record(name);
    process.stdout.write(`${change}\t${Math.round(performance.now() - started)} ms\t${name}\n`);
  }
  for (const problem of situations.violations()) process.stdout.write(`GitHub: ${problem}\n`);
} finally {
  await situations.close();
}

/** One that cannot be run leaves the others their turn. */
async function record(name: string): Promise<string> {
  try {
    const outcome = await situations.run(name);
    const change = changeOf(name, outcome);
    writeOutcome(name, outcome);
    return change;
  } catch (error) {
    process.exitCode = 1;
    return `failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function changeOf(name: string, outcome: Outcome): string {
  try {
    return isDeepStrictEqual(readOutcome(name), outcome) ? 'same' : 'changed';
  } catch {
    return 'new';
  }
}
