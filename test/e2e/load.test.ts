import { describe, expect, it, vi } from 'vitest';
import { runLoad } from '../../bench/load.ts';
import { childEnv } from '../support/child-env.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000 });

describe('requests of several repositories that come at once over several installations', () => {
  it('all end, break none of the limits that GitHub has, and leave no status behind', async () => {
    const load = { installations: 3, repositories: 2, workers: 3, timeoutMs: 200_000 };
    const result = await runLoad(load, childEnv);
    expect(result).toMatchObject({
      closed: 3,
      pulls: 6,
      broken: [],
      stale: 0,
      duplicates: 0,
    });
    // The coalescing time of this load: 10 s at 1/60.
    expect(result.closestEditsMs ?? 167).toBeGreaterThanOrEqual(160);
  });
});
