import { describe, expect, it, vi } from 'vitest';
import { workerBoundaries } from './boundary.ts';
import { killCase } from './families/kill-cases.ts';
import { play } from './play.ts';
import { edit } from './scenarios.ts';
import { startStack } from './stack.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000 });

describe('the chaos harness', () => {
  it('plays a request undisturbed, and with a worker that is killed behind a branch that it had made', async () => {
    const stack = await startStack();
    try {
      const { violations, calls } = await play(stack, edit);
      expect(violations).toEqual([]);
      const step = workerBoundaries(calls).find(({ name }) => name === 'POST /repos/{}/git/refs');
      if (!step) throw new Error('No branch was made');
      const killed = killCase(edit, step, { moment: 'after', who: 'taken_over' });
      expect(await killed.run(stack)).toEqual([]);
    } finally {
      await stack.close();
    }
  });
});
