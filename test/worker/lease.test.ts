import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestId } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import { createJobStore, type JobStore } from '../../core/store/job-store.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { holdLease, type Lease } from '../../worker/lease.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';
import { startTestTable } from '../support/table.ts';

const log = pino({ level: 'silent' });
const now = Date.now;
const wide = { global: 100, installation: 100, repository: 100 };

let engine: Awaited<ReturnType<typeof startTestTable>>;
let store: JobStore;
let serial = 0;
const leases: Lease[] = [];

beforeAll(async () => {
  engine = await startTestTable();
  store = createJobStore({ table: engine.table, now });
});
afterAll(async () => {
  for (const lease of leases) lease.release();
  await engine.close();
});

/** A claimed job; `beforeClaim` runs while its worker is starting. */
async function claimed(beforeClaim: (job: Job) => Promise<void> = async () => undefined) {
  serial += 1;
  const key = `lease-${String(serial)}`;
  const request = { ...exampleRequest({ id: requestId(key) }), semantic_key: key };
  const jobs = exampleJobs(request);
  const disposition = 'request' as const;
  const command = { type: 'command' as const, semantic_key: key, payload_sha256: '0', disposition };
  const caps = { userDay: 1e12, installationMonth: 1e12 };
  await createRequestStore({ table: engine.table, now }).admit({
    command,
    request,
    jobs,
    caps,
    audit: {},
  });
  const started = await store.start(jobs[0]!, {
    admission: wide,
    attemptKeySha256: 'k',
    startWithinMs: 60_000,
  });
  if (started.type !== 'started') throw new Error(started.type);
  await beforeClaim(started.job);
  const job = await store.claim({
    id: started.job.id,
    attempt: 1,
    attemptKeySha256: 'k',
    owner: 'worker',
    leaseMs: 60_000,
  });
  return job!;
}

function hold(job: Job, jobs: JobStore = store): Lease {
  const lease = holdLease({ jobs, job, leaseMs: 60_000, heartbeatMs: 60_000, now, log });
  leases.push(lease);
  return lease;
}

describe('holdLease', () => {
  it('stops a job that was cancelled while its worker was starting', async () => {
    const lease = hold(await claimed((job) => store.requestCancel(job, 'requester')));
    expect(lease.signal.reason).toMatchObject({ reason: 'cancelled' });
  });

  it('lets a publication go on after a cancel, and ends it on a shutdown that follows', async () => {
    const lease = hold(await claimed((job) => store.requestCancel(job, 'requester')));
    await lease.fence();
    expect(lease.stop.aborted).toBe(false);
    lease.shutdown();
    expect(lease.stop.reason).toMatchObject({ reason: 'shutdown' });
    await expect(lease.fence()).rejects.toMatchObject({ reason: 'shutdown' });
  });

  it('says that the lease is lost when a job is taken over during a move', async () => {
    const job = await claimed();
    const overtaken: JobStore = {
      ...store,
      async get(id) {
        const read = await store.get(id);
        await store.requeue(job, { notBefore: now(), waitingFor: undefined });
        return read;
      },
    };
    await expect(hold(job, overtaken).move('publishing')).rejects.toMatchObject({
      reason: 'lease_lost',
    });
  });
});
