import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTurnstile } from '../../../worker/executor/turnstile.ts';

test('writers run alone and in order, readers in between', async () => {
  const plan = fc.array(fc.boolean(), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(plan, fc.scheduler(), async (calls, scheduler) => {
      const turnstile = createTurnstile(3);
      const begun: number[] = [];
      let readers = 0;
      let writers = 0;
      const work = (index: number, alone: boolean) => async () => {
        begun.push(index);
        if (alone) writers += 1;
        else readers += 1;
        expect(writers === 0 || (writers === 1 && readers === 0)).toBe(true);
        expect(readers).toBeLessThanOrEqual(3);
        await scheduler.schedule(Promise.resolve());
        if (alone) writers -= 1;
        else readers -= 1;
      };
      const done = Promise.all(
        calls.map((alone, index) => turnstile[alone ? 'exclusive' : 'shared'](work(index, alone))),
      );
      await scheduler.waitFor(done);
      expect(begun).toEqual(calls.map((_, index) => index));
    }),
  );
});

test('work that fails lets the next one in', async () => {
  const turnstile = createTurnstile();
  await expect(turnstile.exclusive(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await turnstile.shared(() => Promise.resolve(1))).toBe(1);
});
