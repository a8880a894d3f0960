import type { ToolCase } from './tools/case.ts';
import { createCaseBenches } from './tools/case-benches.ts';
import { caseFiles, checkIds, loadCases } from './tools/load-cases.ts';
import { runCase } from './tools/run-case.ts';

/**
 * `npm run tools -- [--json] <case.json …>`: runs cases of the tools (default: all) through the executor. One JSON line
 * per case, then the count; with --json the last line is one JSON document.
 */
const options = process.argv.slice(2);
const files = options.filter((option) => !option.startsWith('--'));
const cases = load(files.length > 0 ? files : caseFiles());
const benches = createCaseBenches();
let passed = 0;
try {
  const running = cases.map((toolCase) => runCase(benches, toolCase));
  for (const verdict of running) {
    const line = await verdict;
    if (line.ok) passed += 1;
    say(JSON.stringify(line));
  }
} finally {
  await benches.close();
}
const failed = cases.length - passed;
say(`${passed} passed, ${failed} failed`);
if (options.includes('--json')) say(JSON.stringify({ passed, failed }));
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** A file that is not as it should be ends the run with one line that says where. */
function load(paths: readonly string[]): ToolCase[] {
  try {
    const loaded = paths.flatMap((path) => loadCases(path));
    checkIds(loaded);
    return loaded;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
