import { afterAll, beforeAll, expect, it } from 'vitest';
import { createModelPauses } from '../../../core/store/model-pause.ts';
import { startTestTable } from '../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
let clock = 1_700_000_000_000;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const pausesOf = (keyId: string) =>
  createModelPauses({ table: engine.table, now: () => clock, keyId });

it('gives the place to try to one job, and to the next one when that could not start', async () => {
  const pauses = pausesOf('probe');
  await pauses.refused(100);
  const taker = { job: 'a-1', ms: 100 };
  expect(await pauses.claimProbe((await pauses.read())!, taker)).toBe(false);
  clock += 100;
  const pause = (await pauses.read())!;
  const both = [
    pauses.claimProbe(pause, taker),
    pauses.claimProbe(pause, { ...taker, job: 'b-1' }),
  ];
  expect((await Promise.all(both)).filter(Boolean)).toHaveLength(1);
  await pauses.releaseProbe((await pauses.read())!.probe_job!);
  expect(await pauses.claimProbe((await pauses.read())!, { ...taker, job: 'c-1' })).toBe(true);
  await pauses.refused(100);
  expect(await pauses.read()).toMatchObject({ wait_ms: 200, until: clock + 200 });
  expect((await pauses.read())!.probe_job).toBeUndefined();
});

it('ends with an answer to a call that began after the last refusal, and tells one caller', async () => {
  const pauses = pausesOf('answered');
  expect(await pauses.answered(clock)).toBe(false);
  await pauses.refused(100);
  expect(await pauses.answered(clock - 1)).toBe(false);
  expect(await pausesOf('other').answered(clock + 1)).toBe(false);
  const ended = await Promise.all([pauses.answered(clock + 1), pauses.answered(clock + 1)]);
  expect(ended.filter(Boolean)).toHaveLength(1);
  expect(await pauses.read()).toBeUndefined();
});
