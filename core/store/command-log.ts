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
 * What set-up and verification of an attempt say while the job goes on; afterwards the stored thread has it.
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
        ...keys.commandLog(job.id, sortOf(job.attempt, place)),
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

/** Returns what the commands of a job's present attempt have said so far, in their order. */
export async function readCommandLog(
  table: Table,
  { id, attempt }: Pick<Job, 'id' | 'attempt'>,
): Promise<ToldCommands> {
  const { pk, sk: prefix } = keys.commandLog(id, attemptOf(attempt));
  const told = z.array(Stored).parse(await table.query({ partition: pk, prefix }));
  const of = (kind: CommandPlace['kind']) =>
    told.filter((one) => one.kind === kind).map(({ event }) => event);
  return { setup: of('setup'), verification: of('verification') };
}

function sortOf(attempt: number, { kind, index }: CommandPlace): string {
  return `${attemptOf(attempt)}${kind}#${String(index).padStart(3, '0')}`;
}

function attemptOf(attempt: number): string {
  return `${String(attempt).padStart(6, '0')}#`;
}
