import { Job } from '../job.ts';
import type { Table } from './table.ts';
import { keys } from './table-schema.ts';

/** What the job operations stand on. Times are Unix ms. */
export type JobAccess = Readonly<{
  table: Table;
  now: () => number;
  /** Told of each job that a write of this store ended. */
  onEnd?: (job: Job) => void;
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
  return item === undefined ? undefined : Job.parse(item);
}
