import type { MachineToken } from '../../core/store/machine-tokens.ts';

/* What the operator reads about machine tokens. */

export const tokenUsage = `Machine tokens for the JSON API:

  npm run token -- create --user <login> --repo <owner/name> [--repo …] --name <name> [--days 90]
  npm run token -- list
  npm run token -- revoke <id>

A token stands for that person in those repositories, and never for more than the person may do there at the time.
`;

/** The only time that the token itself is shown. */
export function createdWords(text: string, token: MachineToken): string {
  return `${text}

Token ${token.id} for ${token.user.login} in ${repositoriesOf(token)}, until ${day(token.expires_at)}.
It is not shown again. Send it as: Authorization: Bearer <token>
`;
}

/** All tokens, a line for each. */
export function listWords(tokens: readonly MachineToken[], now: number): string {
  if (tokens.length === 0) return 'There are no machine tokens.\n';
  const lines = tokens.map((token) =>
    [
      token.id,
      token.name,
      token.user.login,
      repositoriesOf(token),
      stateOf(token, now),
      token.used_at === undefined ? 'never used' : `last used ${minute(token.used_at)}`,
    ].join(' · '),
  );
  return `${lines.join('\n')}\n`;
}

/** What became of a revocation. */
export function revokedWords(id: string, done: boolean): string {
  return done
    ? `Token ${id} is revoked.\n`
    : `There is no living token ${id}. \`npm run token -- list\` shows all.\n`;
}

function stateOf({ revoked_at, expires_at }: MachineToken, now: number): string {
  if (revoked_at !== undefined) return `revoked on ${day(revoked_at)}`;
  return expires_at <= now ? `expired on ${day(expires_at)}` : `good until ${day(expires_at)}`;
}

function repositoriesOf({ repositories }: MachineToken): string {
  return repositories.map(({ owner, name }) => `${owner}/${name}`).join(', ');
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
