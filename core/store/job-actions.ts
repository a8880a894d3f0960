import { ConditionFailed, Stopped } from '../errors.ts';
import { isTerminal } from '../job-state.ts';
import type { Job, JobState } from '../job.ts';
import { budgetKeys } from './budget.ts';
import type { Clause, TableAction } from './table-action.ts';
import { dueBucket, keys } from './table-schema.ts';

/** The stored form of a job, with its index keys. */
export function jobItem(job: Job) {
  return {
    ...keys.job(job.id),
    ...job,
    ...(isTerminal(job.state)
      ? {}
      : { state_key: `job:${job.state}`, due_bucket: job.due_at ? dueBucket : undefined }),
  };
}

type UpdateOptions = Readonly<{
  states: readonly JobState[];
  /** The cost must be the one that was read, because what is left is released by it. */
  settled?: boolean;
  /** The lease must be the one that was read: a heartbeat may have renewed it since. */
  sameLease?: boolean;
}>;

/** Writes what differs between two versions of a job, under the fence and state of the first. */
export function updateJob(before: Job, after: Job, options: UpdateOptions): TableAction {
  const item: Record<string, unknown> = {
    state_key: undefined,
    due_bucket: undefined,
    ...jobItem(after),
  };
  const names = new Set([...Object.keys(before), ...Object.keys(item)]);
  const ignored = new Set(['pk', 'sk', 'cancel_requested_by', ...moneyFields]);
  const beaten = new Set(isSameHold(before, after) ? ['lease_until', 'due_at'] : []);
  const changed = [...names].filter((name) => !ignored.has(name) && !beaten.has(name));
  return {
    type: 'update',
    key: keys.job(before.id),
    set: Object.fromEntries(changed.map((name) => [name, item[name]])),
    remove: changed.filter((name) => item[name] === undefined),
    when: [
      ...fenceClauses(before, options.states),
      ...(options.settled
        ? [{ attribute: 'cost_micro_usd', is: '=' as const, value: before.cost_micro_usd }]
        : []),
      ...(options.sameLease ? [leaseClause(before)] : []),
    ],
  };
}

/** The holder keeps its lease, which a heartbeat may have renewed since: to write it would put it back. */
function isSameHold({ lease_until: before }: Job, { lease_until: after }: Job): boolean {
  return after !== undefined && after === before;
}

/** Written by the journal's transactions only, so that a state change never overwrites them. */
const moneyFields = ['budget_left_micro_usd', 'cost_micro_usd', 'usage', 'turns'];

/** The job still has the fence that it was read with, in one of these states. */
export function fenceClauses(job: Job, states: readonly JobState[]): readonly Clause[] {
  return [
    { attribute: 'fence', is: '=', value: job.fence },
    { attribute: 'state', is: 'in', values: states },
  ];
}

function leaseClause({ lease_until: value }: Job): Clause {
  const attribute = 'lease_until';
  return value === undefined ? { attribute, is: 'absent' } : { attribute, is: '=', value };
}

/** Takes one of `limit` places unless all are taken. */
export function takeSlot(name: string, id: string, limit: number): TableAction {
  return {
    type: 'update',
    key: keys.slot(name),
    add: { holders: new Set([id]) },
    when: [
      {
        any: [
          { attribute: 'holders', is: 'absent' },
          { attribute: 'holders', is: 'smaller than', count: limit },
        ],
      },
    ],
  };
}

/** Gives back the job's places. */
export function freeSlots(job: Job): readonly TableAction[] {
  const names = [
    'global',
    `installation#${job.installation_id}`,
    `repository#${job.repository.id}`,
  ];
  return names.map((name) => ({
    type: 'update',
    key: keys.slot(name),
    take: { holders: new Set([job.id]) },
  }));
}

/** Takes what the job did not spend off the counters. */
export function releaseBudget(job: Job): readonly TableAction[] {
  const unspent = job.budget_micro_usd - job.cost_micro_usd;
  if (unspent <= 0) return [];
  return budgetKeys(job).map((key) => ({ type: 'update', key, add: { committed: -unspent } }));
}

/** One more state change that the request's comments have to show. */
export function wantReport(requestId: string, now: number): TableAction {
  return {
    type: 'update',
    key: keys.report(requestId),
    add: { wanted: 1 },
    set: { due_at: now + 30_000, due_bucket: dueBucket },
  };
}

/** Throws Stopped('lease_lost') for a failed condition, anything else as it is. */
export function leaseLost(error: unknown): never {
  if (error instanceof ConditionFailed) {
    throw new Stopped('lease_lost', 'worker_lost', 'Another attempt has taken over this job.', {
      cause: error,
    });
  }
  throw error;
}
