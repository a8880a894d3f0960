import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOutcome } from '../support/situations/outcome-files.ts';
import { type Situations, startSituations } from '../support/situations/run-situation.ts';
import { situationNames } from '../support/situations/situation.ts';

let situations: Situations;

beforeAll(async () => {
  situations = await startSituations();
});
afterAll(() => situations.close());

it.each(situationNames())('%s comes to what is recorded', async (name) => {
  const outcome = await situations.run(name);
  expect(outcome).toEqual(readOutcome(name));
  expect(situations.violations()).toEqual([]);
});
