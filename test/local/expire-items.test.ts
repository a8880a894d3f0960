import { afterAll, beforeAll, expect, it } from 'vitest';
import { createButtonStore } from '../../core/store/buttons.ts';
import { createModelPauses } from '../../core/store/model-pause.ts';
import { createPacingStore } from '../../core/store/pacing.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { createSessionStore } from '../../core/store/sessions.ts';
import { createSignInStore } from '../../core/store/sign-ins.ts';
import { ensureTable } from '../../core/store/table.ts';
import { createWarmCache } from '../../core/store/warm-cache.ts';
import { createExpireItems } from '../../local/expire-items.ts';
import { startTestTable } from '../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
let now = 1_800_000_000_000;
const clock = () => now;
const pointer = { key: 'command/00/0', sha256: '0'.repeat(64), bytes: 1 };

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const expire = () => createExpireItems({ aws: engine.aws, name: 'cody', now: clock })();

it('deletes what has expired, and nothing else', async () => {
  const deps = { table: engine.table, now: clock };
  const sessions = createSessionStore(deps);
  const id = await sessions.begin({ id: 77, login: 'requester' });
  await createSignInStore(deps).begin('/');
  await createWarmCache(deps).warmed({ request_id: 'r', model: 'm', prefix_sha256: 'p' });
  await createModelPauses({ ...deps, keyId: 'k' }).refused(1_000);
  const limits = { contentPerMinute: 80, contentPerHour: 500, minuteMs: 60_000, distanceMs: 0 };
  const wish = { content: true, urgency: 'normal', patienceMs: 0 } as const;
  await createPacingStore({ ...deps, limits }).reserve(9, wish);
  await createRequestStore(deps).remember({
    type: 'command',
    semantic_key: 'comment:1:1',
    payload_sha256: '0',
    disposition: 'reply',
  });
  await createButtonStore(deps).put([
    {
      nonce: 'n'.repeat(16),
      installation_id: 9,
      repository_id: 1,
      pull_request: 2,
      head_sha: 'a',
      check_run_id: 3,
      action: { type: 'fix' },
      command: pointer,
    },
  ]);
  await engine.table.transact([{ type: 'put', item: { pk: 'REQ#kept', sk: 'REQ' } }]);

  expect(await expire()).toBe(0);
  now += 11 * 3_600_000;
  expect(await expire()).toBe(2);
  // A session that is used goes on.
  expect(await sessions.use(id)).toBeDefined();
  now += 11 * 3_600_000;
  expect(await expire()).toBe(0);
  now += 100 * 24 * 3_600_000;
  expect(await expire()).toBe(5);
  expect(await engine.table.get({ pk: 'REQ#kept', sk: 'REQ' })).toBeDefined();
});

it('comes through the whole table page by page', async () => {
  const put = (n: number) =>
    engine.table.transact([
      { type: 'put', item: { pk: `OLD#${String(n)}`, sk: '-', ttl: Math.floor(now / 1000) } },
    ]);
  for (let n = 0; n < 12; n += 1) await put(n);
  const tick = createExpireItems({ aws: engine.aws, name: 'cody', now: clock, perTick: 5 });
  let deleted = 0;
  for (let n = 0; n < 4; n += 1) deleted += await tick();
  expect(deleted).toBe(12);
});

it('turns on that the engine deletes what expires, once', async () => {
  await ensureTable({ aws: engine.aws, name: 'cody' });
  await ensureTable({ aws: engine.aws, name: 'cody' });
});
