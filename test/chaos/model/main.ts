import { type ModelCase, runModel } from './run-model.ts';

/*
 * One case of the model as a process of its own: `node test/chaos/model/main.ts <case as JSON>` prints what came of it
 * as one line of JSON. A virtual clock never waits, so that in the harness' own process it would stop everything else.
 */

const given = JSON.parse(process.argv[2] ?? '{}') as ModelCase;
const line = `${JSON.stringify(await runModel(given))}\n`;
// A process of the model that ended in the middle of something never stops its timers, and nothing else would.
process.stdout.write(line, () => process.exit(0));
