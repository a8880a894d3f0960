import { afterAll, beforeAll, expect, it } from 'vitest';
import { planLifetimeMs } from '../../../core/plan-record.ts';
import { ttlAttribute } from '../../../core/store/expiry.ts';
import { createMachineTokenStore } from '../../../core/store/machine-tokens.ts';
import { createPlanStore } from '../../../core/store/plans.ts';
import { keys } from '../../../core/store/table-schema.ts';
import type { Key } from '../../../core/store/table-action.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { startTestTable } from '../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
const now = 1_800_000_000_000;
const dayMs = 24 * 3_600_000;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

/** When the item may be deleted, in days from now. */
async function lastsDays(key: Key): Promise<number> {
  const item = Object(await engine.table.get(key));
  return (item[ttlAttribute] * 1000 - now) / dayMs;
}

it('keeps a plan for a month after it has expired, so that an approval is told why', async () => {
  const plans = createPlanStore({ table: engine.table, now: () => now });
  const request = exampleRequest();
  const submission = {
    title: 'Add it up',
    summary: '1. Use plus.',
    changes: [],
    verification: [],
    not_done: [],
    risks: [],
  };
  await plans.keep(request, exampleJobs(request, { state: 'planned', submission }));
  expect(await lastsDays(keys.plan(request.id))).toBe(planLifetimeMs / dayMs + 30);
});

it('lists a machine token for a quarter of a year after it has expired', async () => {
  const tokens = createMachineTokenStore({ table: engine.table, now: () => now });
  const wanted = { name: 'nightly', user: { id: 77, login: 'requester' }, repositories: [] };
  const { token } = await tokens.create({ ...wanted, expires_at: now + dayMs });
  expect(await lastsDays(keys.machineToken(token.sha256))).toBe(91);
});
