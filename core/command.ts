import { z } from 'zod';
import { readOptions } from './command/options.ts';
import { lacksArgument, readSubcommand } from './command/subcommand.ts';
import { type NoCommand, findTopLevel } from './command/top-level.ts';
import type { UsageProblem } from './command/usage-problem.ts';
import { Effort } from './request.ts';

const RepositoryName = z.object({ owner: z.string(), name: z.string() });
const id = z.string().optional();

/** What a person asked for, as far as the comment alone tells. */
export const Command = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('prompt'),
    prompt: z.string().min(1),
    /** What is shown of it in place of its beginning. */
    excerpt: z.string().optional(),
    /** True when only `excerpt` is told of it: it stands in a file that may be private, and the place is public. */
    untold: z.boolean().optional(),
    /** The targets in the order in which they were named; none means the repository of the comment. */
    repositories: z.array(RepositoryName.extend({ branch: z.string().optional() })).max(5),
    /** A named set of the organization's repositories, instead of `repositories`. */
    set: z.string().optional(),
    base: z.string().optional(),
    /** The folder that the work stays in. */
    path: z.string().optional(),
    model: z.string().optional(),
    effort: Effort.optional(),
    budget_micro_usd: z.number().int().positive().optional(),
    draft: z.boolean().optional(),
    open_pull_request: z.boolean(),
    /** Look only, and post a plan. */
    plan: z.boolean().optional(),
    allow_public: z.boolean().optional(),
  }),
  z.object({ type: z.literal('help') }),
  z.object({ type: z.literal('usage') }),
  z.object({ type: z.literal('prompts') }),
  /** A saved prompt of `.github/cody.yml`. */
  z.object({ type: z.literal('run'), name: z.string() }),
  z.object({ type: z.literal('approve'), id: z.string() }),
  z.object({ type: z.literal('status'), id }),
  z.object({ type: z.literal('continue'), id }),
  z.object({ type: z.literal('rebase'), id }),
  z.object({ type: z.literal('retry'), id, repository: RepositoryName.optional() }),
  z.object({ type: z.literal('cancel'), id, repository: RepositoryName.optional() }),
]);
export type Command = z.infer<typeof Command>;

/** What a comment turned out to be. */
export type ParsedCommand =
  | Readonly<{ type: 'command'; command: Command }>
  | Readonly<{ type: 'usage'; problem: UsageProblem }>
  | Readonly<{ type: 'two_commands' }>
  | Readonly<{ type: 'none'; reason: NoCommand }>;

/**
 * Reads a comment's body. `/cody` counts only as the first word of a line at the Markdown top level; options stand
 * before the prompt's first word; the prompt runs to the end of the comment. A first word is a subcommand only when
 * the rest fits its grammar. Never throws; linear in the length of the body.
 */
export function parseCommand(body: string): ParsedCommand {
  const text = body.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  const found = findTopLevel(text);
  if (found.type === 'none') return found;
  if (found.offsets.length > 1) return { type: 'two_commands' };
  const argument = text.slice((found.offsets[0] ?? 0) + '/cody'.length).trim();
  return readArgument(argument);
}

function readArgument(argument: string): ParsedCommand {
  const subcommand = readSubcommand(argument);
  if (subcommand) return { type: 'command', command: subcommand };
  const lacking = lacksArgument(argument);
  if (lacking) return { type: 'usage', problem: { type: 'missing_argument', command: lacking } };
  const read = readOptions(argument);
  if (read.type === 'problem') return { type: 'usage', problem: read.problem };
  if (read.rest === '') return { type: 'usage', problem: { type: 'empty_prompt' } };
  return { type: 'command', command: { type: 'prompt', prompt: read.rest, ...read.options } };
}
