import type { Actor } from '../request.ts';

/**
 * Returns the mail address by which GitHub knows the account in a commit without telling its own: `users.noreply.` and
 * the host of the server that people read it on.
 * Source: GitHub docs, "Setting your commit email address"; on GitHub Enterprise Server the host is the server's.
 */
export function noreplyAddress({ id, login }: Actor, serverUrl: string): string {
  return `${String(id)}+${login}@users.noreply.${new URL(serverUrl).hostname}`;
}
