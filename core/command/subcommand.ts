import { readRepository } from './options.ts';

/** A subcommand with its arguments, or the name of one that is kept for later. */
export type Subcommand =
  | Readonly<{ type: 'help' }>
  | Readonly<{ type: 'status'; id?: string }>
  | Readonly<{ type: 'continue' }>
  | Readonly<{ type: 'retry'; repository?: { owner: string; name: string } }>
  | Readonly<{ type: 'cancel'; id?: string; repository?: { owner: string; name: string } }>
  | Readonly<{ type: 'reserved'; command: string }>;

const id = /^[0-9a-hjkmnp-tv-z]{10}$/;

/** Returns the subcommand, or undefined when the words do not fit one's grammar: then they are a prompt. */
export function readSubcommand(text: string): Subcommand | undefined {
  const words = text.trim().split(/\s+/, 3);
  const [first = '', argument, more] = words;
  if (more !== undefined) return undefined;
  switch (first.toLowerCase()) {
    case 'help':
      return argument === undefined ? { type: 'help' } : undefined;
    case 'status':
      if (argument === undefined) return { type: 'status' };
      return id.test(argument) ? { type: 'status', id: argument } : undefined;
    case 'continue':
      return argument === undefined ? { type: 'continue' } : undefined;
    case 'retry':
      return readRetry(argument);
    case 'cancel':
      return readCancel(argument);
    default:
      return reserved(first.toLowerCase(), argument);
  }
}

function readCancel(argument: string | undefined): Subcommand | undefined {
  if (argument === undefined) return { type: 'cancel' };
  if (id.test(argument)) return { type: 'cancel', id: argument };
  const repository = readName(argument);
  return repository && { type: 'cancel', repository };
}

function readRetry(argument: string | undefined): Subcommand | undefined {
  if (argument === undefined) return { type: 'retry' };
  const repository = readName(argument);
  return repository && { type: 'retry', repository };
}

function readName(argument: string): { owner: string; name: string } | undefined {
  const repository = readRepository(argument);
  if (!repository || repository.branch !== undefined) return undefined;
  return { owner: repository.owner, name: repository.name };
}

/** What the grammar keeps for later must not run as a prompt meanwhile: it would spend money on a misreading. */
function reserved(command: string, argument: string | undefined): Subcommand | undefined {
  const fits =
    {
      rebase: argument === undefined,
      usage: argument === undefined,
      prompts: argument === undefined,
      approve: argument !== undefined && id.test(argument),
      run: argument !== undefined && /^[a-z0-9][a-z0-9_-]*$/.test(argument),
    }[command] ?? false;
  return fits ? { type: 'reserved', command } : undefined;
}
