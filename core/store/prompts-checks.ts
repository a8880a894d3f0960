import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import type { Table } from './table.ts';
import { keys } from './table-schema.ts';
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
  /** What became of the last press, Markdown. */
  note: z.string().optional(),
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
    again?: boolean | undefined;
  }>;

type Change = Partial<
  Pick<PromptsCheck, 'rendered' | 'check_run_id' | 'shown_sha256' | 'pull_request'>
>;
type Lease = Readonly<{ owner: string; leaseMs: number }>;

/** The check runs with buttons in the table. Times are Unix ms. */
export type PromptsCheckStore = ReturnType<typeof createPromptsCheckStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

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
    release: (check: PromptsCheck) => releaseCheck(deps, check),
  };
}

async function getCheck({ table }: Deps, head: Head): Promise<PromptsCheck | undefined> {
  const item = await table.get(keys.promptsCheck(head));
  return item === undefined ? undefined : PromptsCheck.parse(item);
}

async function wantCheck({ table }: Deps, wanted: Wanted): Promise<void> {
  const { repository_id, head_sha, installation_id, pull_request, note, again } = wanted;
  await table.transact([
    {
      type: 'update',
      key: keys.promptsCheck(wanted),
      set: {
        type: 'prompts_check',
        repository_id,
        head_sha,
        installation_id,
        pull_request,
        note,
      },
      add: { wanted: 1, ...(again || note !== undefined ? { presses: 1 } : {}) },
    },
  ]);
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

async function releaseCheck({ table }: Deps, check: PromptsCheck): Promise<void> {
  try {
    await table.transact([
      {
        type: 'update',
        key: keys.promptsCheck(check),
        remove: ['lease_owner', 'lease_until'],
        when: [heldBy(check)],
      },
    ]);
  } catch (error) {
    // The lease ran out and belongs to another writer by now.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
