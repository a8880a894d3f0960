import { describe, expect, it } from 'vitest';
import {
  decideRedelivery,
  isWorthRedelivery,
  redeliveryWait,
} from '../../../app/deliveries/decide-redelivery.ts';

const now = 1_800_000_000_000;
const day = 24 * 3_600_000;

describe('a failed delivery that is due', () => {
  it.each([
    [{ state: 'failed', attempts: 0, first_at: now }, 'send'],
    [{ state: 'failed', attempts: 9, first_at: now - 2 * day }, 'send'],
    [{ state: 'failed', attempts: 10, first_at: now }, 'given_up'],
    [{ state: 'failed', attempts: 1, first_at: now - 3 * day - 1 }, 'given_up'],
    [{ state: 'sent', attempts: 1, first_at: now }, 'settled'],
    [{ state: 'over', attempts: 1, first_at: now }, 'settled'],
  ] as const)('%o: %s', (...[failed, decision]) => {
    expect(decideRedelivery(failed, now)).toBe(decision);
  });

  it('is asked for again over more than a day', () => {
    const waits = Array.from({ length: 9 }, (_, index) => redeliveryWait(index + 1, 30_000));
    expect(waits[0]).toBe(120_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(day / 2);
    expect(waits.reduce((sum, one) => sum + one)).toBeGreaterThan(day / 2);
  });
});

describe('an attempt to deliver', () => {
  const comment = { event: 'issue_comment', action: 'created' };
  it.each([
    [{ ...comment, status_code: 502 }, true],
    [{ ...comment, status_code: 504 }, true],
    [{ ...comment, status_code: 401 }, true],
    [{ ...comment, status_code: 0 }, true],
    [{ ...comment, status_code: 202 }, false],
    [{ ...comment, status_code: 413 }, false],
    [{ ...comment, action: 'edited', status_code: 502 }, false],
    [{ event: 'push', action: null, status_code: 502 }, false],
    [{ event: 'check_suite', action: 'requested', status_code: 502 }, false],
    [{ event: 'check_run', action: 'requested_action', status_code: 502 }, true],
    [{ event: 'constructor', action: 'name', status_code: 502 }, false],
  ] as const)('%o is worth another one: %s', (...[attempt, worth]) => {
    expect(isWorthRedelivery(attempt)).toBe(worth);
  });
});
