import { UserError } from '../errors.ts';
import type { Job } from '../job.ts';
import { money } from '../render/money.ts';
import { type Request, scheduleActor } from '../request.ts';
import { ttlAt } from './expiry.ts';
import type { Key, TableAction } from './table-action.ts';
import { keys } from './table-schema.ts';

/** Caps in micro-USD (DESIGN §1, Defaults). */
export type BudgetCaps = Readonly<{
  userDay: number;
  installationMonth: number;
  /** Of all schedules of one repository; without it nothing of a schedule fits. */
  scheduleDay?: number;
}>;

/** Whom an amount is booked to, and when it was first reserved (Unix ms): it is released to the same periods. */
export type BudgetOwner = Readonly<{
  installation_id: number;
  requester_id: number;
  created_at: number;
  /** Where the work is: a schedule has no user, and its repository's day stands for the user's. */
  repository?: Readonly<{ id: number }>;
}>;

/** The counters that a request's budget stands in: the user's day and the installation's month, UTC. */
export function budgetKeys(owner: BudgetOwner): readonly [Key, Key] {
  const date = new Date(owner.created_at).toISOString();
  return [
    keys.budget(dayOwner(owner), date.slice(0, 10)),
    keys.budget(`installation#${owner.installation_id}`, date.slice(0, 7)),
  ];
}

function dayOwner({ requester_id, repository }: BudgetOwner): string {
  return requester_id === scheduleActor.id && repository
    ? `schedule#${repository.id}`
    : `user#${requester_id}`;
}

/** An amount in micro-USD that is booked to a counter, if it fits under the counter's cap. */
export type Reservation = Readonly<{
  of: 'user' | 'schedule' | 'installation';
  key: Key;
  amount: number;
  cap: number;
}>;

type Booking = Readonly<{ request: Request; jobs: readonly Job[]; caps: BudgetCaps }>;

/** To the user's day or the days of a schedule's repositories, and to the month of each installation what its own jobs may cost: they release it there. */
export function reservations({ request, jobs, caps }: Booking): readonly Reservation[] {
  const owner = {
    installation_id: request.source.installation_id,
    requester_id: request.requester.id,
    created_at: request.created_at,
  };
  const byInstallation = new Map<number, number>();
  for (const { installation_id, budget_micro_usd } of jobs) {
    const sum = byInstallation.get(installation_id) ?? 0;
    byInstallation.set(installation_id, sum + budget_micro_usd);
  }
  return [
    ...dayReservations({ request, jobs, caps }, owner),
    ...[...byInstallation].map(([installation_id, amount]) => {
      const [, key] = budgetKeys({ ...owner, installation_id });
      return { of: 'installation' as const, key, amount, cap: caps.installationMonth };
    }),
  ];
}

/** A schedule's jobs are in different repositories: each is booked where it is released again. */
function dayReservations(
  { request, jobs, caps }: Booking,
  owner: BudgetOwner,
): readonly Reservation[] {
  if (request.source.type !== 'schedule') {
    const [key] = budgetKeys(owner);
    return [{ of: 'user', key, amount: request.budget_micro_usd, cap: caps.userDay }];
  }
  return jobs.map(({ repository, budget_micro_usd: amount }) => {
    const [key] = budgetKeys({ ...owner, repository });
    return { of: 'schedule', key, amount, cap: caps.scheduleDay ?? 0 };
  });
}

/** No job lives so long that it gives something back to a period that began so long ago. */
const keptMs = 100 * 24 * 3_600_000;

/** Adds the amount to its counter, under the condition that it fits. */
export function reserveAction({ key, amount, cap }: Reservation): TableAction {
  const room = cap - amount;
  return {
    type: 'update' as const,
    key,
    add: { committed: amount },
    set: ttlAt(Date.parse(key.sk) + keptMs),
    when: [
      {
        any: [
          ...(room >= 0 ? [{ attribute: 'committed', is: 'absent' as const }] : []),
          { attribute: 'committed', is: '<=' as const, value: room },
        ],
      },
    ],
  };
}

/** What the requester is told about a reservation that does not fit. */
export function overBudget({ of, amount, cap }: Reservation): UserError {
  return new UserError(
    'budget_exhausted',
    `This request reserves ${money(amount)}, which does not fit into ${capWords[of].words(money(cap))}.`,
    { next: capWords[of].next },
  );
}

const capWords: Readonly<
  Record<Reservation['of'], Readonly<{ words: (cap: string) => string; next: string }>>
> = {
  user: {
    words: (cap) => `your ${cap} for today`,
    next: 'Use a smaller `--budget`, or try again tomorrow (UTC).',
  },
  schedule: {
    words: (cap) => `the ${cap} that the schedules of a repository have for today`,
    next: 'Give its saved prompt a smaller `budget`, or ask the operator to raise the cap.',
  },
  installation: {
    words: (cap) => `the ${cap} of this installation for this month`,
    next: 'Use a smaller `--budget`, or ask the operator to raise the cap.',
  },
};
