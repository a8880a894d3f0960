import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createPromptsCheckStore,
  type PromptsCheckStore,
} from '../../../core/store/prompts-checks.ts';
import { startTestTable } from '../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
let store: PromptsCheckStore;
let now = 1_800_000_000_000;
let serial = 0;

beforeAll(async () => {
  engine = await startTestTable();
  store = createPromptsCheckStore({ table: engine.table, now: () => now });
});
afterAll(() => engine.close());

function newHead() {
  serial += 1;
  return { repository_id: serial, head_sha: 'a'.repeat(40) };
}

const lease = { owner: 'writer', leaseMs: 90_000 };
const press = (head: ReturnType<typeof newHead>, note: string) =>
  store.want({ ...head, installation_id: 9, note });

it('keeps what two quick presses came to, and drops what was shown', async () => {
  const head = newHead();
  await Promise.all([press(head, 'one'), press(head, 'two')]);
  const both = await store.lease(head, lease);
  expect(both!.notes.toSorted()).toEqual(['one', 'two']);
  expect(both).toMatchObject({ wanted: 2, presses: 2 });
  // While it is being written another one comes.
  await press(head, 'three');
  await store.release(await store.save(both!, { rendered: both!.wanted }));
  expect((await store.get(head))!.notes).toHaveLength(3);
  const all = await store.lease(head, lease);
  await store.release(await store.save(all!, { rendered: all!.wanted }));
  await press(head, 'four');
  expect((await store.get(head))!.notes).toEqual(['four']);
});

it('is due until it is shown, and rests when it could not be', async () => {
  const head = newHead();
  await store.want({ ...head, installation_id: 9 });
  const isDue = async () => (await store.due(50)).some((one) => one.repository_id === serial);
  expect(await isDue()).toBe(false);
  now += 61_000;
  expect(await isDue()).toBe(true);
  const failed = await store.lease(head, lease);
  await store.release(failed!, 600_000);
  expect(await isDue()).toBe(false);
  now += 600_000;
  expect(await isDue()).toBe(true);
  const shown = await store.lease(head, lease);
  await store.release(await store.save(shown!, { rendered: shown!.wanted }));
  now += 3_600_000;
  expect(await isDue()).toBe(false);
});
