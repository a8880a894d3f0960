import { z } from 'zod';
import type { Job } from '../job.ts';
import { ThreadEvent } from '../thread.ts';
import { ttlAt } from './expiry.ts';
import { fenceClauses } from './job-actions.ts';
import type { Table } from './table.ts';
import { keys } from './table-schema.ts';

/** Where a command of the repository stands: its kind, and its place among those from 0. */
export type CommandPlace = Readonly<{ kind: 'setup' | 'verification'; index: number }>;

/**
 * What set-up and verification say while the job goes on; afterwards the stored thread has it. Each claim of the job has
 * a log of its own, by its fence: the number of an attempt that did not count is given again.
 *
 * Contract: events are redacted and cut before they come here, and a later one for a place replaces the earlier.
 * Throws ConditionFailed when the job has another fence by now, and what the table throws.
 */
export type CommandLog = Readonly<{
  tell: (place: CommandPlace, event: ThreadEvent) => Promise<void>;
}>;

/** A thread is stored when its job ends; this only has to last until then. */
const keptMs = 7 * 24 * 3_600_000;

/** Binds the log to a job as it was claimed. */
export function createCommandLog(
  { table, now }: Readonly<{ table: Table; now: () => number }>,
  job: Job,
): CommandLog {
  return {
    async tell(place, event) {
      const item = {
        ...keys.commandLog(job.id, sortOf(job.fence, place)),
        type: 'command_log',
        kind: place.kind,
        event,
        ...ttlAt(now() + keptMs),
      };
      const when = fenceClauses(job, ['running']);
      await table.transact([
        { type: 'put', item },
        { type: 'check', key: keys.job(job.id), when },
      ]);
    },
  };
}

/** Set-up stands before the turns of the agent, verification behind them. */
export type ToldCommands = Readonly<Record<CommandPlace['kind'], readonly ThreadEvent[]>>;

const Stored = z.object({ kind: z.enum(['setup', 'verification']), event: ThreadEvent });

/** Returns what the commands have said so far under the fence that a job has now, in their order. */
export async function readCommandLog(
  table: Table,
  { id, fence }: Pick<Job, 'id' | 'fence'>,
): Promise<ToldCommands> {
  const { pk, sk: prefix } = keys.commandLog(id, claimOf(fence));
  const told = z.array(Stored).parse(await table.query({ partition: pk, prefix }));
  const of = (kind: CommandPlace['kind']) =>
    told.filter((one) => one.kind === kind).map(({ event }) => event);
  return { setup: of('setup'), verification: of('verification') };
}

function sortOf(fence: number, { kind, index }: CommandPlace): string {
  return `${claimOf(fence)}${kind}#${String(index).padStart(3, '0')}`;
}

function claimOf(fence: number): string {
  return `${String(fence).padStart(6, '0')}#`;
}
