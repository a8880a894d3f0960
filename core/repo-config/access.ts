import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { Who } from './who.ts';

/** The least permission in the repository that a requester must have. */
export const PermissionFloor = z.enum(['write', 'maintain', 'admin']);
export type PermissionFloor = z.infer<typeof PermissionFloor>;

/** Numeric account ids, logins and teams. An empty list means nobody. */
export const Allowed = z.array(z.union([z.number().int().positive(), Who])).max(200);

const AccessPart = z.object({
  allowed: Allowed.optional(),
  permission: PermissionFloor.optional(),
});

/** Who may use a repository, as one file says. `unreadable`: nobody, until the file is corrected. */
export type Access =
  | Readonly<{
      type: 'read';
      allowed?: z.infer<typeof Allowed> | undefined;
      permission?: PermissionFloor | undefined;
    }>
  | Readonly<{ type: 'unreadable' }>;

export const openAccess: Access = { type: 'read' };
export const closedAccess: Access = { type: 'unreadable' };

/**
 * Who may use the repository, also by a file whose other parts are wrong. A key that was probably meant to be one of
 * the two closes the repository, because dropping it would open what somebody wanted closed. Pure.
 */
export function readAccess(
  root: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Access {
  if (Object.keys(root).some((key) => isMisspelt(key, known))) return closedAccess;
  const part = AccessPart.safeParse(root);
  return part.success ? { type: 'read', ...part.data } : closedAccess;
}

/** What a text that is no YAML says of access: nothing when neither word stands in it. Pure. */
export function accessOfBrokenText(text: string): Access {
  return /allow|permission/i.test(text) ? closedAccess : openAccess;
}

function isMisspelt(key: string, known: readonly string[]): boolean {
  if (known.includes(key)) return false;
  const nearest = closest(key.toLowerCase(), [...known]);
  const close = distance(key.toLowerCase(), nearest) <= 4;
  return close && Object.keys(AccessPart.shape).includes(nearest);
}
