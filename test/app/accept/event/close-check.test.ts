import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeOpenChecks } from '../../../../app/accept/event/close-check.ts';
import { createOpenCheckStore, type OpenCheck } from '../../../../core/store/open-checks.ts';
import { startTestTable } from '../../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
let time = 1_800_000_000_000;
const now = () => time;
const minute = 60_000;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const open = (id: number): OpenCheck => ({
  type: 'open_check',
  installation_id: id,
  repository: { id: 1, owner: 'acme', name: 'web' },
  check: { type: 'run', id },
});

it('tries the others where one fails, and gives up what is open for a day', async () => {
  const openChecks = createOpenCheckStore({ table: engine.table, now });
  const tried: number[] = [];
  const client = (id: number) => {
    tried.push(id);
    return Promise.reject(Object.assign(new Error('out'), { status: 502 }));
  };
  const installations = { client } as never;
  const deps = { installations, openChecks, now, log: pino({ level: 'silent' }) };
  for (const id of [1, 2]) await openChecks.note(open(id));
  time += 6 * minute;
  await closeOpenChecks(deps);
  expect(tried).toEqual([1, 2]);
  await closeOpenChecks(deps);
  expect(tried).toHaveLength(2);
  time += 6 * minute;
  await closeOpenChecks(deps, AbortSignal.abort());
  expect(tried).toHaveLength(3);
  time += 24 * 60 * minute;
  await closeOpenChecks(deps);
  time += 6 * minute;
  expect([tried.length, await openChecks.due(9)]).toEqual([3, []]);
});

it('leaves a check that is asked for again while the sweep holds it to that request', async () => {
  const store = createOpenCheckStore({ table: engine.table, now });
  const noted: OpenCheck[] = [];
  const openChecks = {
    ...store,
    async due(limit: number) {
      const due = await store.due(limit);
      time += minute;
      for (const { noted_at: _noted, ...one } of due) noted.push(await store.note(one));
      return due;
    },
  };
  const tried: number[] = [];
  const client = (id: number) => Promise.reject(new Error(`client ${tried.push(id)}`));
  const installations = { client } as never;
  await store.note(open(3));
  time += 6 * minute;
  await closeOpenChecks({ installations, openChecks, now, log: pino({ level: 'silent' }) });
  time += 6 * minute;
  expect([noted.length, tried]).toEqual([1, []]);
  expect(await store.due(9)).toMatchObject(noted);
});
