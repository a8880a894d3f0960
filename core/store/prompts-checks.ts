import { z } from 'zod';
import { ConditionFailed, TransientError } from '../errors.ts';
import { ttlAt } from './expiry.ts';
import { type OnUnreadable, readDueItems } from './read-due.ts';
import type { Clause, TableAction } from './table-action.ts';
import type { Table } from './table.ts';
import { keys, promptsBucket } from './table-schema.ts';
import { heldBy, takeWriterLease } from './writer-lease.ts';

/** The state of the `Cody prompts` check run of a commit, written by its one writer only. */
export const PromptsCheck = z.object({
  type: z.literal('prompts_check'),
  repository_id: z.number().int(),
  head_sha: z.string(),
  installation_id: z.number().int(),
  /** The pull request of that head, once it is known. */
  pull_request: z.number().int().optional(),
  /** Counts what may have changed it; the check run is behind while `rendered` is smaller. */
  wanted: z.number().int(),
  rendered: z.number().int().default(0),
  /** Counts presses: after each one it is written again, even if it looks the same. */
  presses: z.number().int().default(0),
  check_run_id: z.number().int().optional(),
  /** sha256 of what is shown, and of the presses that it stands after. */
  shown_sha256: z.string().optional(),
  /** What became of the last press, and of those before it that are not shown yet, Markdown. */
  notes: z.array(z.string()).default([]),
  /** When something was wanted last. */
  wanted_at: z.number().int().optional(),
  /** When the sweep looks at it; absent when nothing is behind. */
  due_at: z.number().int().optional(),
  lease_until: z.number().int().optional(),
  lease_owner: z.string().optional(),
});
export type PromptsCheck = z.infer<typeof PromptsCheck>;

/** A commit of a repository. */
export type Head = Readonly<{ repository_id: number; head_sha: string }>;

/** Something that happened to a head. `note` tells of a press; `again` means that somebody asked for the run again. */
export type Wanted = Head &
  Readonly<{
    installation_id: number;
    pull_request?: number | undefined;
    note?: string | undefined;
    /** Our run that was asked for again. */
    check_run_id?: number | undefined;
    again?: boolean | undefined;
  }>;

type Change = Partial<
  Pick<PromptsCheck, 'rendered' | 'check_run_id' | 'shown_sha256' | 'pull_request'>
>;
type Lease = Readonly<{ owner: string; leaseMs: number }>;

/** The check runs with buttons in the table. Times are Unix ms. */
export type PromptsCheckStore = ReturnType<typeof createPromptsCheckStore>;

type Deps = Readonly<{ table: Table; now: () => number; onUnreadable?: OnUnreadable }>;

/** Binds the operations to a table and a clock. */
export function createPromptsCheckStore(deps: Deps) {
  return {
    get: (head: Head) => getCheck(deps, head),
    /** One more thing that the check run of a head has to show. */
    want: (wanted: Wanted) => wantCheck(deps, wanted),
    /** Makes the caller the one writer; undefined when another one is at it, or nothing is known of the head. */
    lease: (head: Head, lease: Lease) => leaseCheck(deps, head, lease),
    /** Writes what the lease holder did. Throws ConditionFailed when the lease has passed to another one. */
    save: (check: PromptsCheck, change: Change) => saveCheck(deps, check, change),
    /** Gives the lease back; what is behind stays on the sweep's list, due in `restMs`. */
    release: (check: PromptsCheck, restMs?: number) => releaseCheck(deps, check, restMs),
    /** Heads whose check run is behind, the oldest first. */
    due: (limit: number) => dueChecks(deps, limit),
    /** Makes one that is due so at `until` (Unix ms). False when somebody else has seen to it meanwhile. */
    putOff: (check: PromptsCheck, until: number) => putOff(deps, check, until),
  };
}

async function getCheck({ table }: Deps, head: Head): Promise<PromptsCheck | undefined> {
  const item = await table.get(keys.promptsCheck(head));
  return item === undefined ? undefined : PromptsCheck.parse(item);
}

/** Messages come first; the sweep looks after so long. */
const patienceMs = 60_000;

/** A head whose check run nobody has touched for so long is asked about anew. Its buttons do not live longer. */
const keptMs = 120 * 24 * 3_600_000;

/** More presses at the same moment than these are not told one by one. */
const mostNotes = 5;
const tries = 12;

async function wantCheck(deps: Deps, wanted: Wanted): Promise<void> {
  const { note } = wanted;
  if (note === undefined) return deps.table.transact([wantAction(deps, wanted)]);
  for (let attempt = 1; ; attempt += 1) {
    const before = await getCheck(deps, wanted);
    // What is shown already makes room for what is new.
    const unseen = before && before.rendered < before.wanted ? before.notes : [];
    const notes = [...unseen, note].slice(-mostNotes);
    const action = wantAction(deps, wanted, { before, notes });
    if (await holds(deps.table.transact([action]))) return;
    if (attempt === tries) throw new TransientError('internal_error', 'Too many press at once');
  }
}

function wantAction(
  { now }: Deps,
  { note, again, ...wanted }: Wanted,
  told?: Readonly<{ before: PromptsCheck | undefined; notes: readonly string[] }>,
): TableAction {
  const { repository_id, head_sha, installation_id, pull_request, check_run_id } = wanted;
  const at = now();
  return {
    type: 'update',
    key: keys.promptsCheck(wanted),
    set: {
      type: 'prompts_check',
      repository_id,
      head_sha,
      installation_id,
      pull_request,
      check_run_id,
      notes: told?.notes,
      wanted_at: at,
      due_at: at + patienceMs,
      due_bucket: promptsBucket,
      ...ttlAt(at + keptMs),
    },
    add: { wanted: 1, ...(again || note !== undefined ? { presses: 1 } : {}) },
    when: told ? [unchanged(told.before)] : [],
  };
}

function unchanged(before: PromptsCheck | undefined): Clause {
  return before
    ? { attribute: 'wanted', is: '=', value: before.wanted }
    : { attribute: 'pk', is: 'absent' };
}

function dueChecks(deps: Deps, limit: number): Promise<readonly PromptsCheck[]> {
  return readDueItems(deps, { schema: PromptsCheck, partition: promptsBucket, limit });
}

function putOff({ table }: Deps, check: PromptsCheck, until: number): Promise<boolean> {
  const key = keys.promptsCheck(check);
  const when = [{ attribute: 'due_at', is: '=', value: check.due_at }] as const;
  return holds(table.transact([{ type: 'update', key, set: { due_at: until }, when }]));
}

async function leaseCheck(
  deps: Deps,
  head: Head,
  { owner, leaseMs }: Lease,
): Promise<PromptsCheck | undefined> {
  const now = deps.now();
  const wanted = { owner, until: now + leaseMs, now };
  const taken = await takeWriterLease(deps.table, keys.promptsCheck(head), wanted);
  return taken ? getCheck(deps, head) : undefined;
}

async function saveCheck(
  { table }: Deps,
  check: PromptsCheck,
  change: Change,
): Promise<PromptsCheck> {
  await table.transact([
    { type: 'update', key: keys.promptsCheck(check), set: change, when: [heldBy(check)] },
  ]);
  return { ...check, ...change };
}

async function releaseCheck({ table, now }: Deps, check: PromptsCheck, restMs = 0): Promise<void> {
  const key = keys.promptsCheck(check);
  const lease = ['lease_owner', 'lease_until'];
  const shown: TableAction = {
    type: 'update',
    key,
    remove: [...lease, 'due_at', 'due_bucket'],
    when: [heldBy(check), { attribute: 'wanted', is: '=', value: check.rendered }],
  };
  if (await holds(table.transact([shown]))) return;
  const due = { due_at: now() + restMs, due_bucket: promptsBucket };
  // If this does not hold, the lease ran out and belongs to another writer by now.
  await holds(
    table.transact([{ type: 'update', key, remove: lease, set: due, when: [heldBy(check)] }]),
  );
}

/** False when a condition did not hold. */
async function holds(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
