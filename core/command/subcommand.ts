import type { Command } from '../command.ts';
import { readRepository, savedName } from './options.ts';
import type { NeedsArgument } from './usage-problem.ts';

/** Every command but a prompt. */
export type Subcommand = Exclude<Command, { type: 'prompt' }>;

type Reader = (argument: string | undefined) => Subcommand | undefined;

const requestId = /^[0-9a-hjkmnp-tv-z]{10}$/;

const readers: Readonly<Record<string, Reader>> = {
  help: alone({ type: 'help' }),
  usage: alone({ type: 'usage' }),
  prompts: alone({ type: 'prompts' }),
  status: (argument) => withId('status', argument),
  continue: (argument) => withId('continue', argument),
  rebase: (argument) => withId('rebase', argument),
  retry: (argument) => withId('retry', argument) ?? withRepository('retry', argument),
  cancel: (argument) => withId('cancel', argument) ?? withRepository('cancel', argument),
  approve: (argument) =>
    argument !== undefined && requestId.test(argument)
      ? { type: 'approve', id: argument }
      : undefined,
  run: (argument) =>
    argument !== undefined && savedName.test(argument)
      ? { type: 'run', name: argument }
      : undefined,
};

/** Returns the subcommand, or undefined when the words do not fit one's grammar: then they are a prompt. */
export function readSubcommand(text: string): Subcommand | undefined {
  const [first = '', argument, more] = text.trim().split(/\s+/, 3);
  const name = first.toLowerCase();
  if (more !== undefined || !Object.hasOwn(readers, name)) return undefined;
  return readers[name]?.(argument);
}

/**
 * Returns the subcommand that lacks what it is about. As a prompt these words would ask for nothing and cost money:
 * whoever writes `approve` and a mistyped id means the plan.
 */
export function lacksArgument(text: string): NeedsArgument | undefined {
  if (readSubcommand(text)) return undefined;
  const words = text.trim().toLowerCase().split(/\s+/, 3);
  if (words[0] === 'approve' && words.length < 3) return 'approve';
  return words[0] === 'run' && words.length === 1 ? 'run' : undefined;
}

function alone(command: Subcommand): Reader {
  return (argument) => (argument === undefined ? command : undefined);
}

type WithId = 'status' | 'continue' | 'rebase' | 'retry' | 'cancel';

function withId(type: WithId, argument: string | undefined): Subcommand | undefined {
  if (argument === undefined) return { type };
  return requestId.test(argument) ? { type, id: argument } : undefined;
}

function withRepository(
  type: 'retry' | 'cancel',
  argument: string | undefined,
): Subcommand | undefined {
  const repository = argument === undefined ? undefined : readRepository(argument);
  if (!repository || repository.branch !== undefined) return undefined;
  return { type, repository: { owner: repository.owner, name: repository.name } };
}
