import { describe, expect, it } from 'vitest';
import { waitsFor, waitsForSlot } from '../../app/waiting.ts';
import { queueOrder } from '../../app/wake.ts';
import type { Job } from '../../core/job.ts';
import { stateWords } from '../../core/render/job-words.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';

const [example] = exampleJobs(exampleRequest());
const job = (id: string, installation_id: number, created_at: number): Job => ({
  ...example!,
  id,
  installation_id,
  created_at,
});

describe('the queue', () => {
  it('takes the oldest job of the installation with the fewest running first', () => {
    const waiting = [job('a1', 1, 1), job('a2', 1, 2), job('a3', 1, 3), job('b1', 2, 9)];
    const ids = (running: ReadonlyMap<number, number>) =>
      queueOrder(waiting, running).map(({ id }) => id);
    expect(ids(new Map())).toEqual(['a1', 'b1', 'a2', 'a3']);
    expect(ids(new Map([[2, 2]]))).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it.each([
    [1, 'waiting for a free worker (next in the queue)'],
    [3, 'waiting for a free worker (2 before it)'],
    [6, 'waiting for a free worker (at least 5 before it)'],
  ])('tells place %i', (queue_position, words) => {
    const waiting = { ...example!, state: 'queued' as const, waiting_for: 'a free worker' };
    expect(stateWords({ ...waiting, queue_position }, 0)).toBe(words);
  });
});

describe('a job that waits for its repository', () => {
  it('names the request that works there, and starts when that ends', () => {
    const waiting_for = waitsFor('repository', ['abcdefghjk-2']);
    expect(waiting_for).toBe('request abcdefghjk in this repository to end');
    expect(waitsForSlot({ waiting_for })).toBe(true);
  });

  it('names none when it ended meanwhile', () => {
    expect(waitsFor('repository', [])).toBe('another job in this repository to end');
  });
});
