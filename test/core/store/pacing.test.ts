import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPacingStore } from '../../../core/store/pacing.ts';
import type { PacingLimits } from '../../../core/store/pacing-state.ts';
import type { Table } from '../../../core/store/table.ts';
import { startTestTable } from '../../support/table.ts';

let running: Awaited<ReturnType<typeof startTestTable>>;
beforeAll(async () => {
  running = await startTestTable();
});
afterAll(() => running.close());

/** A minute of 600 ms, so that several pass; an hour of 36 s, so that its limit is met. */
const limits: PacingLimits = {
  contentPerMinute: 12,
  contentPerHour: 40,
  minuteMs: 600,
  distanceMs: 2,
};

const store = (table: Table, now: () => number = Date.now) =>
  createPacingStore({ table, now, limits });

const fixed = () => 2_000_000;

const normal = { content: true, urgency: 'normal' as const, patienceMs: 100 };

function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length),
  );
}

describe('the writes of an installation', () => {
  it('never pass a limit when twelve clients ask all the time', async () => {
    const starts: number[] = [];
    const end = Date.now() + 3_500;
    const hammer = async () => {
      // Counted by the time that was reckoned with: how late an answer arrives is the machine's matter.
      let reckoned = 0;
      const pacing = store(running.another(), () => (reckoned = Date.now()));
      while (Date.now() < end) {
        const answer = await pacing.reserve(1, normal);
        if (answer.type === 'go') starts.push(reckoned + answer.inMs);
        else await sleep(5);
      }
    };
    await Promise.all(Array.from({ length: 12 }, hammer));
    expect(starts.length).toBeGreaterThan(12);
    expect(starts.length).toBeLessThanOrEqual(40);
    expect(mostWithin(starts, 600)).toBeLessThanOrEqual(12);
  });

  it('do not count against those of another one', async () => {
    const pacing = store(running.table, () => 1_000_000);
    for (let count = 0; count < 12; count += 1) await pacing.reserve(2, normal);
    expect(await pacing.reserve(2, normal)).toMatchObject({ type: 'wait' });
    expect(await pacing.reserve(3, normal)).toEqual({ type: 'go', inMs: 0 });
  });

  it('rest in all processes once GitHub has asked one of them for silence', async () => {
    await store(running.another(), fixed).pause(4, 30_000);
    const other = store(running.another(), fixed);
    expect(await other.reserve(4, normal)).toEqual({ type: 'wait', ms: 30_000 });
    expect(await other.pausedMs(4)).toBe(30_000);
    await other.pause(4, 1_000);
    expect(await other.pausedMs(4)).toBe(30_000);
  });
});
