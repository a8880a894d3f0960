import { describe, expect, it } from 'vitest';
import {
  decideRedelivery,
  isUnread,
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

const ago = (ms: number) => new Date(now - ms).toISOString();

describe('a failed attempt in the list', () => {
  it.each([
    ['newer than all that were read', { id: 12, delivered_at: ago(day) }, [11, true]],
    ['read before', { id: 11, delivered_at: ago(day) }, [11, false]],
    // It took ten seconds to fail, and a later one has failed at once.
    ['that ended after a later one', { id: 10, delivered_at: ago(60_000) }, [11, true]],
    ['too old to be delivered again', { id: 12, delivered_at: ago(3 * day) }, [11, false]],
    ['at the first look', { id: 1, delivered_at: ago(60_000) }, [undefined, true]],
    ['of before the first look', { id: 1, delivered_at: ago(day) }, [undefined, false]],
  ] as const)('%s: %o', (_words, listed, [watermark, unread]) => {
    expect(isUnread(listed, { watermark, now })).toBe(unread);
  });
});
