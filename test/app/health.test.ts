import { afterAll, beforeAll, expect, it } from 'vitest';
import { readHealth } from '../../app/health.ts';
import { createSeenSandbox } from '../../app/seen-sandbox.ts';
import { recordAudit } from '../../core/store/audit.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { keys } from '../../core/store/table-schema.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';
import { startTestTable } from '../support/table.ts';

const hour = 3_600_000;
const start = Date.parse('2026-03-03T23:00:00Z');
let engine: Awaited<ReturnType<typeof startTestTable>>;
let clock = start;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const now = () => clock;
const seen = () => {
  const { table } = engine;
  return createSeenSandbox({ table, jobs: createJobStore({ table, now }), now });
};

/** A job that the broker gave something to; its worker told of a sandbox, or has not yet. */
async function job(number: number, kind?: string) {
  const request = exampleRequest({ id: `request${number}`, job_ids: [`request${number}-1`] });
  const sandbox = kind === undefined ? {} : { sandbox: { kind, shell: true, reason: 'It holds.' } };
  const [one] = exampleJobs(request, sandbox);
  const item = { ...keys.job(one!.id), ...one };
  await engine.table.transact([{ type: 'put', item }]);
  await recordAudit(engine.table, { action: 'token', job_id: one!.id }, clock);
}

it('names the sandbox of the newest job whose worker told one, since yesterday', async () => {
  expect(await seen()()).toBeUndefined();
  await job(1, 'bubblewrap');
  clock += 1_000;
  await job(2, 'uid');
  clock += 1_000;
  await job(3);
  const read = seen();
  expect(await read()).toEqual({ kind: 'uid', shell: true, reason: 'It holds.' });
  clock += 2 * hour;
  expect(await read()).toMatchObject({ kind: 'uid' });
  clock += 24 * hour;
  expect(await read()).toBeUndefined();
});

it('asks the table once a minute', async () => {
  const read = seen();
  expect(await read()).toBeUndefined();
  await job(4, 'bubblewrap');
  expect(await read()).toBeUndefined();
  clock += 60_000;
  expect(await read()).toMatchObject({ kind: 'bubblewrap' });
});

it('is degraded where a queue does not answer, and names the sandbox all the same', async () => {
  const out = { depth: () => Promise.reject(new Error('out')) };
  const health = await readHealth({
    version: '1',
    engines: {},
    sandbox: seen(),
    queues: { ingest: out, jobs: { depth: async () => 2 } },
    malformed: { count: async () => 0 },
  });
  expect(health).toMatchObject({
    status: 'degraded',
    sandbox: { kind: 'bubblewrap' },
    queues: { ingest: undefined, jobs: 2 },
  });
});
