import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { startTestTable } from '../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
const now = () => 1_700_000_000_000;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

it('finds the request that opened a pull request, once its job has ended', async () => {
  const { table } = engine;
  const requests = createRequestStore({ table, now });
  const store = createJobStore({ table, now });
  const request = exampleRequest({ jobs: 1 });
  const jobs = exampleJobs(request);
  const command = {
    type: 'command' as const,
    semantic_key: request.semantic_key,
    payload_sha256: '0',
    disposition: 'request' as const,
    request_id: request.id,
  };
  const caps = { userDay: 1e12, installationMonth: 1e12 };
  await requests.admit({ command, request, jobs, caps, audit: {} });
  const started = await store.start(jobs[0]!, {
    admission: { global: 9, installation: 9, repository: 9 },
    attemptKeySha256: 'k',
    startWithinMs: 1000,
  });
  if (started.type !== 'started') throw new Error(started.type);
  const { id, attempt, repository } = started.job;
  const owner = { id, attempt, attemptKeySha256: 'k', owner: 'w', leaseMs: 1000 };
  const running = await store.claim(owner);
  const publishing = await store.move(running!, 'publishing');
  const which = { repository_id: repository.id, number: 7 };
  expect(await requests.linksOf(which)).toEqual([]);
  await store.move(publishing, 'pull_request', {
    pull_request: { number: 7, url: 'u', draft: false, head_sha: 'a', files: 1 },
  });
  expect(await requests.linksOf(which)).toMatchObject([{ request_id: request.id, job_id: id }]);
  expect(await requests.linksOf({ ...which, number: 8 })).toEqual([]);
});
