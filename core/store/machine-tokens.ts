import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { randomKey, sha256 } from '../ids.ts';
import { Actor } from '../request.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

const RepositoryName = z.object({ id: z.number().int(), owner: z.string(), name: z.string() });

/**
 * What a program shows instead of a person. It stands for that person in those repositories, and for no more than the
 * person may do there at the time. Times are Unix ms.
 */
export const MachineToken = z.object({
  type: z.literal('machine_token'),
  /** Names it in lists and when it is revoked; no secret. */
  id: z.string(),
  sha256: z.string(),
  name: z.string(),
  user: Actor,
  /** Their numeric ids are what counts; the names are those of the day on which it was made. */
  repositories: z.array(RepositoryName).min(1),
  created_at: z.number().int(),
  expires_at: z.number().int(),
  /** To the minute. */
  used_at: z.number().int().optional(),
  revoked_at: z.number().int().optional(),
});
export type MachineToken = z.infer<typeof MachineToken>;

/** A token that is to be made. */
export type NewMachineToken = Pick<MachineToken, 'name' | 'user' | 'repositories' | 'expires_at'>;

const minuteMs = 60_000;

/** A dead token stands in the list for so long. */
const listedMs = 90 * 24 * 3_600_000;

/** Machine tokens in the table. Only their hashes are stored. */
export type MachineTokenStore = ReturnType<typeof createMachineTokenStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Binds the tokens to a table and a clock. */
export function createMachineTokenStore(deps: Deps) {
  return {
    /** Makes a token and returns it as text, which is not stored: `cody_` and 256 random bits. */
    create: (wanted: NewMachineToken) => create(deps, wanted),
    /** The living token with this text, whose use is noted; undefined otherwise. */
    use: (text: string) => use(deps, text),
    /** All tokens, also those that are dead, the oldest first. */
    list: () => list(deps),
    /** Ends the token with this id. False when there is none that lives. */
    revoke: (id: string) => revoke(deps, id),
  };
}

async function create(
  { table, now }: Deps,
  wanted: NewMachineToken,
): Promise<Readonly<{ text: string; token: MachineToken }>> {
  const text = `cody_${randomKey()}`;
  const token: MachineToken = {
    ...wanted,
    type: 'machine_token',
    id: randomBytes(5).toString('hex'),
    sha256: sha256(text),
    created_at: now(),
  };
  const ttl = ttlAt(token.expires_at + listedMs);
  const item = { ...keys.machineToken(token.sha256), ...token, ...ttl };
  await table.transact([{ type: 'put', item, when: [{ attribute: 'pk', is: 'absent' }] }]);
  return { text, token };
}

async function use({ table, now }: Deps, text: string): Promise<MachineToken | undefined> {
  if (!/^cody_[\w-]{43}$/.test(text)) return undefined;
  const key = keys.machineToken(sha256(text));
  const item = await table.get(key);
  const token = item === undefined ? undefined : MachineToken.parse(item);
  const at = now();
  if (!token || token.revoked_at !== undefined || token.expires_at <= at) return undefined;
  const minute = at - (at % minuteMs);
  if (token.used_at === minute) return token;
  try {
    const when = [{ attribute: 'revoked_at', is: 'absent' }] as const;
    await table.transact([{ type: 'update', key, set: { used_at: minute }, when }]);
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
  return { ...token, used_at: minute };
}

async function list({ table }: Deps): Promise<readonly MachineToken[]> {
  const items = await table.query({ partition: keys.machineToken('').pk });
  return items
    .map((item) => MachineToken.parse(item))
    .toSorted((a, b) => a.created_at - b.created_at);
}

async function revoke(deps: Deps, id: string): Promise<boolean> {
  const token = (await list(deps)).find((one) => one.id === id && one.revoked_at === undefined);
  if (!token) return false;
  await deps.table.transact([
    { type: 'update', key: keys.machineToken(token.sha256), set: { revoked_at: deps.now() } },
  ]);
  return true;
}
