import { describe, expect, it } from 'vitest';
import { type CacheState, decideCache } from '../../../core/store/warm-cache.ts';

const now = 1_700_000_000_000;
const minute = 60_000;

const warm = (minutes: number): CacheState => ({ state: 'warm', at: now - minutes * minute });
const warming = (job: string, until: number): CacheState => ({ state: 'warming', job, until });

describe('a job before its first call', () => {
  it.each([
    ['takes a place that nobody has', undefined, '1h', 'take'],
    ['goes on when it has the place itself', warming('a-1', now - 1), '1h', 'go'],
    ['waits for the job that has it', warming('a-2', now + 1), '1h', 'wait'],
    ['takes the place of a job whose time is over', warming('a-2', now), '1h', 'take'],
    ['goes on when the cache is warm', warm(55), '1h', 'go'],
    ['warms a cache again that may be gone', warm(56), '1h', 'take'],
    ['goes on after three minutes of a short cache', warm(3), '5m', 'go'],
    ['warms a short cache again', warm(5), '5m', 'take'],
  ] as const)('%s', (_, state, ttl, decision) => {
    expect(decideCache({ state, job: 'a-1', now, ttl })).toBe(decision);
  });
});
