import { describe, expect, it } from 'vitest';
import { type CacheState, decideCache } from '../../../core/store/warm-cache.ts';

const now = 1_700_000_000_000;
const minute = 60_000;

const warm = (minutes: number): CacheState => ({ state: 'warm', at: now - minutes * minute });
const warming = (job: string, until: number): CacheState => ({ state: 'warming', job, until });

describe('a job before its first call', () => {
  it.each([
    ['takes a place that nobody has', { state: undefined }, 'take'],
    ['goes on when it has the place itself', { state: warming('a-1', now - 1) }, 'go'],
    ['waits for the job that has it', { state: warming('a-2', now + 1) }, 'wait'],
    ['takes the place of a job whose time is over', { state: warming('a-2', now) }, 'take'],
    ['goes on when the cache is warm', { state: warm(55) }, 'go'],
    ['warms a cache again that may be gone', { state: warm(56) }, 'take'],
    ['goes on after three minutes of a short cache', { state: warm(3), ttl: '5m' }, 'go'],
    ['warms a short cache again', { state: warm(5), ttl: '5m' }, 'take'],
  ] as const)('%s', (_, facts, decision) => {
    expect(decideCache({ job: 'a-1', now, ttl: '1h', ...facts })).toBe(decision);
  });
});
