import { z } from 'zod';
import { Job } from '../job.ts';
import type { Table } from './table.ts';
import { keys, requestOf } from './table-schema.ts';

/** What the job operations stand on. Times are Unix ms. */
export type JobAccess = Readonly<{
  table: Table;
  now: () => number;
  /** Told of each job that a write of this store ended. */
  onEnd?: (job: Job) => void;
  /** Told of each item among the jobs of a request that says it is another job; it stands for none. */
  onForeign?: (found: Readonly<{ request: string }>) => void;
  /**
   * Set where grants may be written, which is everywhere but in workers: the grant of a job that is ended or sent back
   * there goes with the same write.
   */
  grants?: true;
}>;

/** Fields that a worker may write beside a state change. */
export type JobChange = Partial<
  Omit<Job, 'type' | 'id' | 'request_id' | 'state' | 'fence' | 'attempt'>
>;

/** Returns the job, read consistently; undefined when there is none. */
export async function getJob(
  { table }: Pick<JobAccess, 'table'>,
  id: string,
): Promise<Job | undefined> {
  const item = await table.get(keys.job(id));
  if (item === undefined) return undefined;
  const job = Job.parse(item);
  // A worker can write items: one that says it is another job must not stand for it.
  if (job.id !== id || job.request_id !== requestOf(id)) throw new Error('A job is not its own');
  return job;
}

const Keyed = z.object({ pk: z.string(), sk: z.string(), id: z.string(), request_id: z.string() });

/** Whether an item stands under the key of the job that it says it is. Pure. */
export function isOwnJob(item: unknown): boolean {
  const read = Keyed.safeParse(item).data;
  if (!read || read.request_id !== requestOf(read.id)) return false;
  const { pk, sk } = keys.job(read.id);
  return read.pk === pk && read.sk === sk;
}
