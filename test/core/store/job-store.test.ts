import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConditionFailed, Stopped } from '../../../core/errors.ts';
import { requestId } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import { budgetKeys } from '../../../core/store/budget.ts';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import type { Table } from '../../../core/store/table.ts';
import { keys } from '../../../core/store/table-schema.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { startTestTable } from '../../support/table.ts';

const caps = { userDay: 1e12, installationMonth: 1e12 };
const wide = { global: 100, installation: 100, repository: 100 };

let engine: Awaited<ReturnType<typeof startTestTable>>;
let table: Table;
let clock = 1_700_000_000_000;
let serial = 0;
const now = () => clock;

beforeAll(async () => {
  engine = await startTestTable();
  table = engine.table;
});
afterAll(() => engine.close());

/** A request with its own installation and repositories, so that tests share nothing. */
async function admitted(count = 1, change: Partial<Job> = {}) {
  serial += 1;
  const base = exampleRequest({ jobs: count, id: requestId(`test-${serial}`) });
  const request = {
    ...base,
    semantic_key: `test-${serial}`,
    source: { ...base.source, installation_id: 1000 + serial },
  };
  const jobs = exampleJobs(request, change).map((job, index) => ({
    ...job,
    repository: { ...job.repository, id: serial * 10 + index },
    ...change,
  }));
  const command = {
    type: 'command' as const,
    semantic_key: request.semantic_key,
    payload_sha256: '0',
    disposition: 'request' as const,
    request_id: request.id,
  };
  const admit = { command, request, jobs, caps, audit: {} };
  const result = await createRequestStore({ table, now }).admit(admit);
  return { request, jobs, admit, result };
}

async function running(change: Partial<Job> = {}): Promise<Job> {
  const { jobs } = await admitted(1, change);
  const store = createJobStore({ table, now });
  const started = await store.start(jobs[0]!, {
    admission: wide,
    attemptKeySha256: 'k',
    startWithinMs: 1000,
  });
  if (started.type !== 'started') throw new Error(started.type);
  const claimed = await store.claim({
    id: started.job.id,
    attempt: 1,
    attemptKeySha256: 'k',
    owner: 'worker',
    leaseMs: 1000,
  });
  return claimed!;
}

describe('job store', () => {
  it('admits a command once', async () => {
    const { admit, result } = await admitted(2);
    expect(result).toBe('admitted');
    expect(await createRequestStore({ table, now }).admit(admit)).toBe('duplicate');
    expect(await createJobStore({ table, now }).ofRequest(admit.request.id)).toHaveLength(2);
  });

  it('gives one of many racing dispatchers the attempt', async () => {
    const { jobs } = await admitted();
    const store = createJobStore({ table, now });
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        store.start(jobs[0]!, { admission: wide, attemptKeySha256: 'k', startWithinMs: 1000 }),
      ),
    );
    expect(results.map((result) => result.type).filter((type) => type === 'started')).toHaveLength(
      1,
    );
  });

  it('names the limit that keeps a job waiting', async () => {
    const { jobs } = await admitted(2);
    const store = createJobStore({ table, now });
    const admission = { global: 100, installation: 1, repository: 1 };
    const options = { admission, attemptKeySha256: 'k', startWithinMs: 1000 };
    expect(await store.start(jobs[0]!, options)).toMatchObject({ type: 'started' });
    expect(await store.start(jobs[1]!, options)).toEqual({
      type: 'full',
      limit: 'installation',
      holders: [],
    });
  });

  it('keeps the place in the queue only of a job that waits in it', async () => {
    const { jobs } = await admitted();
    const store = createJobStore({ table, now });
    await store.place(jobs[0]!, 3);
    await store.defer(jobs[0]!, { notBefore: 0, waitingFor: 'another job' });
    expect(await store.get(jobs[0]!.id)).toMatchObject({ queue_position: 3 });
    await store.defer(jobs[0]!, { notBefore: 0, waitingFor: 'the account', placeless: true });
    expect((await store.get(jobs[0]!.id))?.queue_position).toBeUndefined();
  });

  it('lets a worker claim an attempt once, and only with its key', async () => {
    const { jobs } = await admitted();
    const store = createJobStore({ table, now });
    await store.start(jobs[0]!, { admission: wide, attemptKeySha256: 'k', startWithinMs: 1000 });
    const claim = { id: jobs[0]!.id, attempt: 1, owner: 'worker', leaseMs: 1000 };
    expect(await store.claim({ ...claim, attemptKeySha256: 'other' })).toBeUndefined();
    expect(await store.claim({ ...claim, attemptKeySha256: 'k' })).toMatchObject({
      state: 'running',
      fence: 2,
    });
    expect(await store.claim({ ...claim, attemptKeySha256: 'k' })).toBeUndefined();
  });

  it('works on what was accepted, whatever another worker wrote into its item', async () => {
    const { jobs } = await admitted();
    const store = createJobStore({ table, now });
    const [job] = jobs;
    const forged = {
      repository: { id: 1, owner: 'acme', name: 'other', private: false },
      installation_id: 1,
      settings: { key: 'patch/00/0', sha256: '0'.repeat(64), bytes: 1 },
      continues: 'another-1',
      base_sha: 'f'.repeat(40),
    };
    const rewrite = () => table.transact([{ type: 'update', key: keys.job(job!.id), set: forged }]);
    await rewrite();
    const options = { admission: wide, attemptKeySha256: 'k', startWithinMs: 1000 };
    const started = await store.start((await store.get(job!.id))!, options);
    expect(started).toMatchObject({ type: 'started', job: { repository: job!.repository } });
    await rewrite();
    const claim = { id: job!.id, attempt: 1, owner: 'worker', leaseMs: 1000 };
    for (const one of [
      await store.claim({ ...claim, attemptKeySha256: 'k' }),
      await store.get(job!.id),
    ]) {
      const { repository, installation_id, settings, continues, base_sha } = one!;
      expect({ repository, installation_id, settings, continues, base_sha }).toEqual({
        repository: job!.repository,
        installation_id: job!.installation_id,
        base_sha: job!.base_sha,
      });
    }
  });

  it('refuses every write of a worker whose job was taken over', async () => {
    const job = await running();
    const store = createJobStore({ table, now });
    await store.requeue(job, { notBefore: clock, waitingFor: undefined });
    await expect(store.record(job, { branch: 'cody/x' })).rejects.toThrow(Stopped);
    await expect(store.heartbeat(job, 1000)).rejects.toThrow(Stopped);
    await expect(store.checkFence(job)).rejects.toThrow(Stopped);
    await expect(store.move(job, 'answered')).rejects.toThrow(ConditionFailed);
  });

  it('fails the fence check when the lease has run out, before anybody took over', async () => {
    const job = await running();
    const store = createJobStore({ table, now });
    await store.checkFence(job);
    clock += 2000;
    await expect(store.checkFence(job)).rejects.toThrow('Another attempt');
  });

  it('takes a job for its lease only while that lease is the one that was read', async () => {
    const job = await running();
    const store = createJobStore({ table, now });
    const cause = { code: 'worker_lost' as const, sentence: 'It was lost.', next: '/cody retry' };
    clock += 500;
    await store.heartbeat(job, 1000);
    const change = { notBefore: clock, waitingFor: undefined, sameLease: true as const };
    await expect(store.requeue(job, change)).rejects.toThrow(ConditionFailed);
    await expect(store.giveUp(job, 'failed', { cause })).rejects.toThrow(ConditionFailed);
    await store.checkFence(job);
    const renewed = (await store.get(job.id))!;
    expect(await store.requeue(renewed, change)).toMatchObject({ state: 'queued' });
  });

  it('leaves a lease as it is that was renewed while the next state was written', async () => {
    const job = await running();
    const store = createJobStore({ table, now });
    clock += 500;
    const { lease_until, due_at } = await store.heartbeat(job, 1000);
    await store.move(job, 'publishing');
    expect(lease_until).toBe(clock + 1000);
    expect(await store.get(job.id)).toMatchObject({ state: 'publishing', lease_until, due_at });
  });

  it('keeps the phase over a new attempt, so that publishing does not run the agent again', async () => {
    const job = await running();
    const store = createJobStore({ table, now });
    const recorded = await store.record(job, { phase: 'publish' });
    const queued = await store.requeue(recorded, { notBefore: clock, waitingFor: undefined });
    const started = await store.start(queued, {
      admission: wide,
      attemptKeySha256: 'k2',
      startWithinMs: 1000,
    });
    expect(started).toMatchObject({ type: 'started', job: { attempt: 2, phase: 'publish' } });
    const claimed = await store.claim({
      id: job.id,
      attempt: 2,
      attemptKeySha256: 'k2',
      owner: 'w',
      leaseMs: 1000,
    });
    expect(claimed?.state).toBe('publishing');
  });

  it('frees slots and unspent budget with the terminal write and leaves nothing due', async () => {
    const job = await running({ budget_micro_usd: 2_000_000 });
    const store = createJobStore({ table, now });
    const [userKey] = budgetKeys(job);
    const before = await table.get(userKey);
    await store.move(job, 'failed', { cause: { code: 'internal_error', sentence: 'x' } });
    const after = await table.get(userKey);
    expect(committed(after)).toBe(committed(before) - 2_000_000);
    expect(await table.get(keys.slot(`installation#${job.installation_id}`))).not.toHaveProperty(
      'holders',
    );
    const ended = await store.get(job.id);
    expect(ended).toMatchObject({ state: 'failed' });
    expect(ended?.due_at).toBeUndefined();
    expect(await store.queued(50)).not.toContainEqual(expect.objectContaining({ id: job.id }));
  });

  it('books each job to the installation that releases what it leaves', async () => {
    const { request, admit } = await admitted(2);
    const elsewhere = 900_000 + serial;
    const [first, second] = admit.jobs;
    const next = { ...request, id: requestId('two-installations'), created_at: clock };
    const jobs = [
      { ...first!, id: `${next.id}-1`, request_id: next.id, created_at: clock },
      {
        ...second!,
        id: `${next.id}-2`,
        request_id: next.id,
        created_at: clock,
        installation_id: elsewhere,
      },
    ];
    const command = { ...admit.command, semantic_key: 'two', request_id: next.id };
    await createRequestStore({ table, now }).admit({ ...admit, command, request: next, jobs });
    const counters = jobs.map((job) => budgetKeys(job)[1]);
    const before = await Promise.all(counters.map(table.get));
    expect(committed(before[1])).toBe(2_000_000);
    const store = createJobStore({ table, now });
    for (const job of jobs)
      await store.move(job, 'failed', { cause: { code: 'internal_error', sentence: 'x' } });
    const after = await Promise.all(counters.map(table.get));
    expect(committed(after[0])).toBe(committed(before[0]) - 2_000_000);
    expect(committed(after[1])).toBe(0);
  });

  it('leaves nothing that stays where a job without a grant goes back to wait', async () => {
    const job = await running();
    await table.transact([{ type: 'delete', key: keys.grant(job.id) }]);
    const store = createJobStore({ table, now, grants: true });
    await store.requeue(job, { notBefore: 0, waitingFor: undefined });
    expect(await table.get(keys.grant(job.id))).toEqual({
      ...keys.grant(job.id),
      ttl: expect.any(Number),
    });
    expect(await store.acceptedOf({ id: job.request_id, job_ids: [job.id] })).toEqual([]);
  });

  it('throws on a step that the state machine does not have', async () => {
    const job = await running();
    await expect(createJobStore({ table, now }).move(job, 'pull_request')).rejects.toThrow(
      'Illegal',
    );
  });

  it('refuses a request that does not fit into the day of its requester', async () => {
    const { admit } = await admitted();
    const next = exampleRequest({ id: requestId('over'), created_at: clock });
    const over = {
      ...admit,
      command: { ...admit.command, semantic_key: 'over' },
      request: next,
      jobs: exampleJobs(next),
      caps: { userDay: 1, installationMonth: 1e12 },
    };
    await expect(createRequestStore({ table, now }).admit(over)).rejects.toThrow('for today');
  });
});

function committed(item: unknown): number {
  return (item as { committed: number }).committed;
}
