import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createModelPauses, type ModelPauses } from '../../../core/store/model-pause.ts';
import type { Fault } from '../../../local/standin/anthropic/faults.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { createAnthropicModel } from '../../../worker/agent/anthropic-model.ts';
import { watchSpend } from '../../../worker/job/watch-spend.ts';
import { startTestTable } from '../../support/table.ts';
import { apiKey, run, startModel, submitTurn } from '../agent/support/harness.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
let pauses: ModelPauses;
let clock = 1_700_000_000_000;
let sent: unknown[] = [];

beforeAll(async () => {
  engine = await startTestTable();
  pauses = createModelPauses({ table: engine.table, now: () => clock, keyId: 'key' });
});
beforeEach(() => {
  sent = [];
});
afterAll(() => engine.close());

const send = async (message: unknown) => {
  sent.push(message);
};
const out = () => Promise.reject(new Error('out'));
const log = { info: () => undefined, warn: () => undefined };

/** Runs a job with the key while the API answers like this. */
async function job(fault?: Fault, used: ModelPauses = pauses) {
  clock += 1_000;
  const standin = await startModel(scriptedActor([submitTurn]));
  if (fault) standin.faults.add(fault);
  const model = createAnthropicModel({ apiKey, baseURL: standin.url });
  const ports = { pauses: used, outbox: { send }, log };
  const watched = watchSpend(model, {
    ...ports,
    probeMs: 60_000,
    onBegin: () => undefined,
    now: () => clock,
  });
  const outcome = await run({ standin, deps: { model: watched } });
  const calls = standin.requests().length;
  return { calls, code: outcome.type === 'stopped' ? outcome.cause.code : outcome.type };
}

const spent: readonly (readonly [string, Fault])[] = [
  ['402', { type: 'status', status: 402 }],
  ['429', { type: 'status', status: 429, errorCode: 'enforced_spend_limit_reached' }],
];

it.each(spent)('pauses the key when the spend limit is met with %s', async (_, fault) => {
  expect(await job(fault)).toEqual({ calls: 1, code: 'model_spend_limit' });
  expect(await pauses.read()).toMatchObject({ since: clock, until: clock + 60_000 });
  expect(sent).toEqual([]);

  expect((await job()).code).toBe('submitted');
  expect(await pauses.read()).toBeUndefined();
  expect(sent).toEqual([{ type: 'wake' }]);
});

it('pauses nothing for another failure, and wakes nobody without a pause', async () => {
  await job({ type: 'status', status: 401 });
  await job({ type: 'status', status: 429, retryAfter: 0 });
  expect(await pauses.read()).toBeUndefined();
  expect(sent).toEqual([]);
});

it('does not fail a job when the table is out', async () => {
  const broken = { ...pauses, refused: out, answered: out };
  expect((await job(undefined, broken)).code).toBe('submitted');
  expect((await job(spent[0]![1], broken)).code).toBe('model_spend_limit');
});
