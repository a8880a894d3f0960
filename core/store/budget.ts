import type { Key } from './table-action.ts';
import { keys } from './table-schema.ts';

/** Caps in micro-USD (DESIGN §1, Defaults). */
export type BudgetCaps = Readonly<{ userDay: number; installationMonth: number }>;

/** Whom an amount is booked to, and when it was first reserved (Unix ms): it is released to the same periods. */
export type BudgetOwner = Readonly<{
  installation_id: number;
  requester_id: number;
  created_at: number;
}>;

/** The counters that a request's budget stands in: the user's day and the installation's month, UTC. */
export function budgetKeys(owner: BudgetOwner): readonly [Key, Key] {
  const date = new Date(owner.created_at).toISOString();
  return [
    keys.budget(`user#${owner.requester_id}`, date.slice(0, 10)),
    keys.budget(`installation#${owner.installation_id}`, date.slice(0, 7)),
  ];
}
