import { basename } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCaseBenches } from '../../support/tools/case-benches.ts';
import { caseFiles, checkIds, loadCases } from '../../support/tools/load-cases.ts';
import { runCase } from '../../support/tools/run-case.ts';

const groups = caseFiles().map((path) => ({ name: basename(path), cases: loadCases(path) }));
const benches = createCaseBenches();
afterAll(() => benches.close());

describe.concurrent.each(groups)('$name', ({ cases }) => {
  it.for(cases.map((toolCase) => [toolCase.id, toolCase] as const))(
    '%s',
    { timeout: 120_000 },
    async ([, toolCase], { expect: expectHere }) => {
      expectHere((await runCase(benches, toolCase)).why).toBe('');
    },
  );
});

it('has at least 250 cases, each with an id of its own', () => {
  const cases = groups.flatMap((group) => group.cases);
  checkIds(cases);
  expect(cases.length).toBeGreaterThanOrEqual(250);
});
