import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonNonce, createButtonStore, type NewButton } from '../../../core/store/buttons.ts';
import { createPromptsCheckStore } from '../../../core/store/prompts-checks.ts';
import { startTestTable } from '../../support/table.ts';

let db: Awaited<ReturnType<typeof startTestTable>>;
let now = 1_700_000_000_000;
const clock = () => now;

beforeAll(async () => {
  db = await startTestTable();
});
afterAll(() => db.close());

const head = { repository_id: 1, head_sha: 'a'.repeat(40) };

function button(): NewButton {
  return {
    ...head,
    nonce: buttonNonce(),
    installation_id: 9,
    pull_request: 7,
    check_run_id: 5,
    action: { type: 'fix' },
    command: { key: 'command/ab/abc', sha256: 'b'.repeat(64), bytes: 3 },
  };
}

describe('a button', () => {
  it('has an identifier that GitHub takes', () => {
    expect(buttonNonce()).toMatch(/^[\w-]{16}$/);
  });

  it('goes to one of two people who press it at once', async () => {
    const one = createButtonStore({ table: db.table, now: clock });
    const two = createButtonStore({ table: db.another(), now: clock });
    const made = button();
    await one.put([made]);
    const pressed = await Promise.all([one.use(made.nonce, 1), two.use(made.nonce, 2)]);
    expect(pressed.filter(Boolean)).toHaveLength(1);
    const winner = pressed[0] ? 1 : 2;
    expect(await one.use(made.nonce, winner)).toBe(true);
    expect(await one.get(made.nonce)).toMatchObject({ ...made, used_by: winner });
  });

  it('is gone after 90 days', async () => {
    const store = createButtonStore({ table: db.table, now: clock });
    const made = button();
    await store.put([made]);
    now += 90 * 24 * 3_600_000;
    expect(await store.get(made.nonce)).toBeUndefined();
  });

  it('is none when nobody made it', async () => {
    const store = createButtonStore({ table: db.table, now: clock });
    expect(await store.get('lgtm|26764')).toBeUndefined();
    expect(await store.use(buttonNonce(), 1)).toBe(false);
  });
});

describe('the check run with buttons of a commit', () => {
  it('has one writer at a time, and knows what came meanwhile', async () => {
    const store = createPromptsCheckStore({ table: db.table, now: clock });
    expect(await store.lease(head, { owner: 'one', leaseMs: 1_000 })).toBeUndefined();
    await store.want({ ...head, installation_id: 9, pull_request: 7 });
    const leased = await store.lease(head, { owner: 'one', leaseMs: 1_000 });
    expect(leased).toMatchObject({ wanted: 1, rendered: 0, presses: 0 });
    expect(await store.lease(head, { owner: 'two', leaseMs: 1_000 })).toBeUndefined();
    await store.want({ ...head, installation_id: 9, note: 'Pressed.' });
    if (leased) {
      await store.save(leased, { rendered: leased.wanted, check_run_id: 5 });
      await store.release(leased);
    }
    expect(await store.get(head)).toMatchObject({
      wanted: 2,
      rendered: 1,
      presses: 1,
      pull_request: 7,
      notes: ['Pressed.'],
      check_run_id: 5,
    });
  });
});
