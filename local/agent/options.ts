import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Policy } from '../../core/policy.ts';
import { Effort } from '../../core/request.ts';
import { CommandError } from './command-error.ts';

const policy = Policy.parse({});

const Output = {
  /** Where the patch goes; undefined for `cody-<id>.patch` in the current folder. */
  out: z.string().min(1).optional(),
  apply: z.boolean(),
  json: z.boolean(),
};

const StartOptions = z.object({
  type: z.literal('start'),
  dir: z.string().min(1),
  prompt: z.string().trim().min(1, 'give the task in quotes as the last argument'),
  plan: z.boolean(),
  withChanges: z.boolean(),
  /** USD. What is absent here and below is left to the checkout's `.github/cody.yml`. */
  budget: z.number().positive().max(100).optional(),
  model: z.string().min(1).optional(),
  effort: Effort.optional(),
  turns: z.number().int().positive().max(1_000).optional(),
  minutes: z
    .number()
    .positive()
    .max(24 * 60)
    .optional(),
  ...Output,
});
export type StartOptions = z.infer<typeof StartOptions>;

const ResumeOptions = z.object({
  type: z.literal('resume'),
  id: z.string().regex(/^[0-9a-z]{10}$/, 'an id has ten letters and digits'),
  ...Output,
});

/** What the command line was asked to do. */
export const AgentOptions = z.discriminatedUnion('type', [StartOptions, ResumeOptions]);
export type AgentOptions = z.infer<typeof AgentOptions>;

const definitions = {
  dir: { type: 'string' },
  plan: { type: 'boolean' },
  'with-changes': { type: 'boolean' },
  budget: { type: 'string' },
  model: { type: 'string' },
  effort: { type: 'string' },
  turns: { type: 'string' },
  minutes: { type: 'string' },
  out: { type: 'string' },
  apply: { type: 'boolean' },
  json: { type: 'boolean' },
  resume: { type: 'string' },
} as const;

/** How the command line is used. */
export const agentUsage = `npm run agent -- [options] "<prompt>"     runs the agent on a copy of a git checkout and writes a patch
npm run agent -- --resume <id>           goes on with a run that was interrupted

  --dir <folder>      the checkout; default the current folder
  --with-changes      start from the work tree as it is, uncommitted changes included; default is HEAD
  --plan              only look around and print a plan; nothing is written
  --apply             apply the patch to the folder (it must have no uncommitted changes)
  --out <file>        where the patch goes; default cody-<id>.patch in the current folder
  --budget <USD>      default 1
  --model <id>        default ${policy.model}
  --effort <level>    ${Effort.options.join(', ')}; default ${policy.effort}
  --turns <count>     default ${policy.limits.turns}
  --minutes <count>   default ${policy.limits.minutes}
  --json              print one JSON document as the last line

Model, effort, limits, set-up and verification come from .github/cody.yml of the checkout where no option names them.`;

/** Reads the arguments; undefined when help was asked for. Throws CommandError with one line per problem. */
export function readAgentOptions(argv: readonly string[]): AgentOptions | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const output = { out: values.out, apply: values.apply ?? false, json: values.json ?? false };
  const problems: string[] = [];
  if (values.plan && (values.apply || values.out !== undefined)) {
    problems.push('--plan makes no patch: leave --apply and --out away');
  }
  if (values.resume !== undefined) {
    const fixed = Object.keys(values).filter(
      (name) => !['resume', 'out', 'apply', 'json'].includes(name),
    );
    if (fixed.length > 0 || positionals.length > 0) {
      problems.push(
        '--resume keeps prompt and options of the run: only --out, --apply and --json go with it',
      );
    }
    return checked({ type: 'resume', id: values.resume, ...output }, problems);
  }
  const start = {
    type: 'start',
    dir: values.dir ?? '.',
    prompt: positionals.join(' '),
    plan: values.plan ?? false,
    withChanges: values['with-changes'] ?? false,
    budget: numberOf(values.budget),
    model: values.model,
    effort: values.effort,
    turns: numberOf(values.turns),
    minutes: numberOf(values.minutes),
    ...output,
  };
  return checked(start, problems);
}

function numberOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { ...definitions, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function checked(given: object, problems: readonly string[]): AgentOptions {
  const parsed = AgentOptions.safeParse(given);
  const wrong = parsed.success
    ? problems
    : [...problems, ...parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`)];
  if (wrong.length > 0 || !parsed.success) throw new CommandError(wrong.join('\n'));
  return parsed.data;
}
