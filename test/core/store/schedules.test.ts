import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import { createScheduleStore, type ScheduleBook } from '../../../core/store/schedules.ts';
import { requestId } from '../../../core/ids.ts';
import { scheduleActor } from '../../../core/request.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { startTestTable } from '../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
const start = Date.parse('2026-03-10T03:00:00Z');
let time = start;
const now = () => time;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const repository = { id: 1, owner: 'acme', name: 'web', private: true };
const book: ScheduleBook = {
  type: 'schedule_book',
  installation_id: 9,
  repository,
  entries: [{ name: 'nightly', cron: '0 3 * * *', due_at: start }],
  due_at: start,
  version: 0,
};

it('takes one of two that write at once, and removes only what is unchanged', async () => {
  const stores = [engine.table, engine.another()].map((table) =>
    createScheduleStore({ table, now }),
  );
  const [store] = stores;
  const first = await Promise.all(stores.map((one) => one.saveBook(book)));
  expect(first.filter(Boolean)).toHaveLength(1);
  expect(await store!.dueBooks(9)).toMatchObject([{ version: 1, repository }]);
  await store!.removeBook(book);
  const read = (await store!.book(1))!;
  const { due_at: _due, ...resting } = read;
  expect(await store!.saveBook(resting)).toBe(true);
  expect(await store!.dueBooks(9)).toEqual([]);
  await store!.removeBook({ ...read, version: 2 });
  expect(await store!.book(1)).toBeUndefined();
});

it('lets one caller in each period look for installations', async () => {
  const stores = [engine.table, engine.another()].map((table) =>
    createScheduleStore({ table, now }),
  );
  const claims = () => Promise.all(stores.map((one) => one.claimRounds(1000)));
  expect((await claims()).filter(Boolean)).toHaveLength(1);
  expect(await claims()).toEqual([false, false]);
  time += 1000;
  expect((await claims()).filter(Boolean)).toHaveLength(1);
});

it("books schedules to their repository's day, and gives back what was not spent", async () => {
  const requests = createRequestStore({ table: engine.table, now });
  const jobs = createJobStore({ table: engine.table, now });
  const admit = async (name: string, repository_id: number) => {
    const semantic_key = `schedule:1:${name}`;
    const request = exampleRequest({
      id: requestId(semantic_key),
      semantic_key,
      requester: scheduleActor,
      source: {
        type: 'schedule',
        installation_id: 9,
        repository,
        url: 'u',
        name,
        due_at: start,
      },
      created_at: start,
    });
    const made = exampleJobs(request, { repository: { ...repository, id: repository_id } });
    const command = {
      type: 'command' as const,
      semantic_key,
      payload_sha256: '0',
      disposition: 'request' as const,
      request_id: request.id,
    };
    const caps = { userDay: 0, installationMonth: 1e12, scheduleDay: 3_000_000 };
    await requests.admit({ command, request, jobs: made, caps, audit: {} });
    return made[0]!;
  };
  const first = await admit('a', 1);
  await expect(admit('b', 1)).rejects.toThrow('that the schedules of a repository have for today');
  await admit('c', 2);
  await jobs.move(first, 'cancelled');
  expect(await admit('b', 1)).toMatchObject({ state: 'queued' });
});
