import { expect, it } from 'vitest';
import { within } from '../../app/within.ts';

it('says that GitHub is out when it does not answer in time', async () => {
  await expect(within(5, new Promise(() => undefined))).rejects.toMatchObject({
    name: 'TransientError',
    code: 'github_unavailable',
  });
});

it('leaves an answer and a failure as they are', async () => {
  expect(await within(60_000, Promise.resolve(7))).toBe(7);
  await expect(within(60_000, Promise.reject(new RangeError('own')))).rejects.toThrow('own');
});
