import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { Pointer } from '../pointer.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** What a button does: it names what stands on it, the command is what runs. */
export const ButtonAction = z.discriminatedUnion('type', [
  /** Make the failing checks pass. */
  z.object({ type: z.literal('fix') }),
  /** Run again, or go on with, what the last request here did not finish. */
  z.object({ type: z.literal('retry') }),
  /** The prompt of the last request once more, on the present head. */
  z.object({ type: z.literal('run') }),
  /** A saved prompt. */
  z.object({ type: z.literal('saved'), name: z.string() }),
]);
export type ButtonAction = z.infer<typeof ButtonAction>;

/** One button of one check run, good for one press. The identifier that GitHub sends back is its nonce. */
export const Button = z.object({
  type: z.literal('button'),
  nonce: z.string(),
  installation_id: z.number().int(),
  repository_id: z.number().int(),
  pull_request: z.number().int(),
  head_sha: z.string(),
  check_run_id: z.number().int(),
  action: ButtonAction,
  /** JSON of the `Command` that a press gives. */
  command: Pointer,
  /** Unix time, ms. */
  created_at: z.number().int(),
  expires_at: z.number().int(),
  /** The account id of who pressed it first. */
  used_by: z.number().int().optional(),
});
export type Button = z.infer<typeof Button>;

/** A button before it is stored. */
export type NewButton = Omit<Button, 'type' | 'created_at' | 'expires_at' | 'used_by'>;

/** GitHub deletes check runs after 400 days; a button that nobody pressed for so long is not meant any more. */
const lastsMs = 90 * 24 * 3_600_000;

/** Buttons in the table. Times are Unix ms. */
export type ButtonStore = ReturnType<typeof createButtonStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Binds the buttons to a table and a clock. */
export function createButtonStore(deps: Deps) {
  return {
    /** Stores the buttons of a check run; none of them may be there already. */
    put: (buttons: readonly NewButton[]) => putButtons(deps, buttons),
    /** The button with this nonce; undefined when there is none, or its time is over. */
    get: (nonce: string) => getButton(deps, nonce),
    /** Marks a button as pressed. False when somebody else has pressed it before. */
    use: (nonce: string, by: number) => useButton(deps, nonce, by),
  };
}

/** 16 characters of 96 random bits: GitHub takes identifiers of at most 20. */
export function buttonNonce(): string {
  return randomBytes(12).toString('base64url');
}

async function putButtons({ table, now }: Deps, buttons: readonly NewButton[]): Promise<void> {
  if (buttons.length === 0) return;
  const created_at = now();
  await table.transact(
    buttons.map((button) => {
      const stored: Button = {
        ...button,
        type: 'button',
        created_at,
        expires_at: created_at + lastsMs,
      };
      return {
        type: 'put',
        item: { ...keys.button(button.nonce), ...stored, ...ttlAt(stored.expires_at) },
        when: [{ attribute: 'pk', is: 'absent' }],
      };
    }),
  );
}

async function getButton({ table, now }: Deps, nonce: string): Promise<Button | undefined> {
  if (!/^[\w-]{16}$/.test(nonce)) return undefined;
  const item = await table.get(keys.button(nonce));
  const button = item === undefined ? undefined : Button.parse(item);
  return button && button.expires_at > now() ? button : undefined;
}

/** A press that is delivered again is by the same person, and counts as the first. */
async function useButton({ table }: Deps, nonce: string, by: number): Promise<boolean> {
  try {
    await table.transact([
      {
        type: 'update',
        key: keys.button(nonce),
        set: { used_by: by },
        when: [
          { attribute: 'pk', is: 'present' },
          {
            any: [
              { attribute: 'used_by', is: 'absent' },
              { attribute: 'used_by', is: '=', value: by },
            ],
          },
        ],
      },
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
