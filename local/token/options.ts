import { parseArgs } from 'node:util';
import { readRepository } from '../../core/command/options.ts';

/** What the operator asks for. */
export type TokenCommand =
  | Readonly<{
      type: 'create';
      user: string;
      repositories: readonly Readonly<{ owner: string; name: string }>[];
      name: string;
      days: number;
    }>
  | Readonly<{ type: 'list' }>
  | Readonly<{ type: 'revoke'; id: string }>;

/** The command line cannot be read; the message says what is wrong with it. */
export class TokenUsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokenUsageError';
  }
}

const maxDays = 365;

/** Reads the words behind `npm run token --`. Throws TokenUsageError. */
export function readTokenCommand(args: readonly string[]): TokenCommand {
  const [verb = '', ...rest] = args;
  switch (verb) {
    case 'create':
      return readCreate(rest);
    case 'list':
      if (rest.length > 0) throw new TokenUsageError('`list` takes nothing more.');
      return { type: 'list' };
    case 'revoke': {
      const [id, ...more] = rest;
      if (id === undefined || more.length > 0)
        throw new TokenUsageError('Name one token to revoke.');
      return { type: 'revoke', id };
    }
    default:
      throw new TokenUsageError('Say `create`, `list` or `revoke`.');
  }
}

function readCreate(args: readonly string[]): TokenCommand {
  const { user, repo = [], name, days } = valuesOf(args);
  if (user === undefined || !/^[a-z0-9][a-z0-9_-]{0,38}$/i.test(user))
    throw new TokenUsageError('`--user` needs a GitHub login.');
  if (name === undefined || !/^[\w .-]{1,60}$/.test(name))
    throw new TokenUsageError('`--name` needs a short name for the token.');
  if (repo.length === 0) throw new TokenUsageError('`--repo` needs at least one owner/name.');
  const lifetime = Number(days);
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > maxDays)
    throw new TokenUsageError(`\`--days\` is a number from 1 to ${maxDays}.`);
  return { type: 'create', user, repositories: repo.map(repositoryOf), name, days: lifetime };
}

function repositoryOf(text: string) {
  const repository = text.includes('@') ? undefined : readRepository(text);
  if (!repository) throw new TokenUsageError(`${text} is not owner/name.`);
  return { owner: repository.owner, name: repository.name };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        user: { type: 'string' },
        repo: { type: 'string', multiple: true },
        name: { type: 'string' },
        days: { type: 'string', default: '90' },
      },
    }).values;
  } catch (error) {
    throw new TokenUsageError(error instanceof Error ? error.message : 'The options are wrong.', {
      cause: error,
    });
  }
}
