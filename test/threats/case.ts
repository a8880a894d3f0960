import { z } from 'zod';

/** Where something hostile comes in. */
export const entryPoints = [
  'webhook',
  'command',
  'identity',
  'context',
  'repository',
  'tools',
  'output',
  'pages',
  'tokens',
] as const;
export type EntryPoint = (typeof entryPoints)[number];

const base = {
  /** Unique; begins with the entry point. */
  id: z.string().regex(/^[a-z]+\/[a-z0-9_.-]+$/, 'entry point, slash, name in lower case'),
  /** One sentence: what is tried. */
  tries: z.string().min(10),
} as const;

const Json = z.record(z.string(), z.unknown());

/** What has to come of a command: no trace at all, a reply and no job, or a job. */
const Outcome = z.enum(['nothing', 'refused', 'started']);

const WebhookCase = z.strictObject({
  ...base,
  signature: z
    .enum(['valid', 'none', 'sha1', 'other_secret', 'other_body', 'truncated', 'upper', 'bare'])
    .default('valid'),
  /** Headers in place of the usual ones; null leaves one out. */
  headers: z.record(z.string(), z.string().nullable()).default({}),
  /** The usual body is a command of somebody who may write. */
  body: z.string().optional(),
  /** Bytes as base64. */
  bytes: z.string().optional(),
  /** A text that is repeated, put where the body has `{{many}}`. */
  many: z.strictObject({ text: z.string(), times: z.number().int() }).optional(),
  /** Laid over the usual payload. */
  change: Json.default({}),
  /** How often it is sent. */
  copies: z.number().int().default(1),
  status: z.number().int(),
  /** Jobs that may start: none unless told. */
  starts: z.number().int().default(0),
});

const CommandCase = z.strictObject({
  ...base,
  by: z.string().default('requester'),
  /** Repository of acme in which it is written. */
  in: z.string().default('web'),
  text: z.string(),
  outcome: Outcome,
  /** What no reply may hold. */
  forbid: z.array(z.string()).default([]),
  /** Repositories that a job may be made for. */
  targets: z.array(z.string()).default(['acme/web']),
});

const IdentityCase = z.strictObject({
  ...base,
  /** A real comment of this person, a webhook with a valid signature, or a press on a button. */
  by: z.string().default('requester'),
  in: z.string().default('web'),
  text: z.string().default('/cody Fix the sums'),
  /** Laid over the payload of the comment. */
  change: Json.optional(),
  /** A press on the button of this label, or a forged one; before it others may press it, or push to the pull request. */
  press: z
    .strictObject({
      label: z.string(),
      change: Json.optional(),
      pressed_by: z.string().optional(),
      pushed: z.boolean().default(false),
    })
    .optional(),
  /** A request that somebody else made before in the same issue; `{{request}}` is its id. */
  after: z
    .strictObject({
      by: z.string(),
      text: z.string(),
      /** Its plan is there and shown, so that it could be approved. */
      planned: z.boolean().default(false),
    })
    .optional(),
  /** What the file of the repository says of who may use it, and whose a login was when it was first looked up. */
  config: z.string().optional(),
  pinned: z.record(z.string(), z.number().int()).default({}),
  /** How often the same is delivered. */
  copies: z.number().int().default(1),
  /** What GitHub answers instead of a permission. */
  permission: z.number().int().optional(),
  outcome: Outcome,
  forbid: z.array(z.string()).default([]),
});

const ContextCase = z.strictObject({
  ...base,
  place: z.enum(['title', 'body', 'comment', 'author', 'linked', 'file', 'file_name', 'person']),
  /** For `person`: who writes the comment before the command. */
  by: z.string().default('outsider'),
  text: z.string(),
  /** What the model must not get to see. */
  forbid: z.array(z.string()).default([]),
  /** Whether it has to be told that something was removed. */
  told: z.boolean().default(false),
});

const RawEntry = z.strictObject({ mode: z.string(), name: z.string(), content: z.string() });

const RepositoryCase = z.strictObject({
  ...base,
  files: z.record(z.string(), z.string()).default({}),
  /** Paths to what they link to. */
  links: z.record(z.string(), z.string()).default({}),
  executable: z.array(z.string()).default([]),
  /** Entries of the root tree as no git command would write them. */
  raw: z.array(RawEntry).default([]),
  /** Written into the work tree after the checkout, as a job does; a name with a slash at its end is a repository. */
  later: z.record(z.string(), z.string()).default({}),
  later_links: z.record(z.string(), z.string()).default({}),
  limits: z.strictObject({ files: z.number().optional(), bytes: z.number().optional() }).optional(),
  outcome: z.enum(['checked_out', 'refused', 'either']).default('checked_out'),
  /** Paths that must not exist in the work tree. */
  absent: z.array(z.string()).default([]),
  /** Paths that must not be in the patch. */
  unpublished: z.array(z.string()).default([]),
  /** Files whose bytes must be those of the commit. */
  exact: z.array(z.string()).default([]),
});

const ToolCall = z.strictObject({ name: z.string(), input: Json });

const ToolsCase = z.strictObject({
  ...base,
  calls: z.array(ToolCall).min(1),
  /** Links and files in the work tree before the first call. */
  files: z.record(z.string(), z.string()).default({}),
  links: z.record(z.string(), z.string()).default({}),
  /** What no result may hold, beside canaries. */
  forbid: z.array(z.string()).default([]),
  /** Played as commands of set-up, which have a way to the internet. */
  setup: z.boolean().default(false),
  /** Played where the program that confines does not: what of it is left open. Nothing may run there then. */
  broken: z.enum(['network', 'files']).optional(),
  /** Whether it is played in a job of the whole product too. */
  stack: z.boolean().default(true),
});

const OutputCase = z.strictObject({
  ...base,
  surface: z.enum([
    'summary',
    'item',
    'title',
    'commit',
    'thread_reply',
    'closing',
    'prompt',
    'check_run',
    'patch',
    'log',
    'error',
    'thread',
    'call',
  ]),
  text: z.string().default(''),
  /** For `patch`: what the work tree holds at the end. */
  files: z.record(z.string(), z.string()).default({}),
  links: z.record(z.string(), z.string()).default({}),
  executable: z.array(z.string()).default([]),
  /** For `patch`: cause of the refusal, or words that the pull request has to hold. */
  blocked: z.string().optional(),
  flagged: z.string().optional(),
  /** For `patch`: what the requester may do by then; a branch that the work belongs on. */
  permission: z.enum(['none', 'read', 'triage', 'write']).optional(),
  /** For `patch`: the only paths that may be changed. */
  paths: z.array(z.string()).default([]),
  forbid: z.array(z.string()).default([]),
});

const PagesCase = z.strictObject({
  ...base,
  /** Text of others, and where a page shows it. */
  place: z
    .enum([
      'turn',
      'thinking',
      'tool_input',
      'tool_output',
      'notice',
      'patch',
      'patch_path',
      'prompt',
    ])
    .optional(),
  text: z.string().default(''),
  /** Or a request of its own. */
  request: z
    .strictObject({
      method: z.string().default('GET'),
      path: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.string().optional(),
    })
    .optional(),
  /** Who is signed in, or was: a session that has ended is not begun again for later cases. */
  as: z.string().optional(),
  signed_out: z.boolean().default(false),
  status: z.array(z.number().int()).default([]),
  forbid: z.array(z.string()).default([]),
});

const TokensCase = z.strictObject({
  ...base,
  /** Repository of acme that the job works in. */
  in: z.string().default('one'),
  /** What the worker shows: the key of its attempt, of a job beside it, its hash, or one that was made up. */
  key: z.enum(['own', 'other', 'hash', 'made_up']).default('own'),
  /** The attempt that it names, beside the present one. */
  attempt: z.enum(['now', 'before', 'after']).default('now'),
  /** How far the job is. */
  state: z.enum(['queued', 'starting', 'running', 'publishing', 'cancelled']).default('running'),
  want: z.string().default('read'),
  /** Laid over what it sends. */
  change: Json.default({}),
  /** What is so by the time that it asks: what the requester may do there, who the file lets in, whose a login was. */
  permission: z.enum(['none', 'read', 'triage', 'write']).optional(),
  config: z.string().optional(),
  pinned: z.record(z.string(), z.number().int()).default({}),
  now: z.enum(['public', 'archived']).optional(),
  /** The status with which GitHub answers instead of a permission. */
  answers: z.number().int().optional(),
  /** What becomes of the attempt while GitHub makes the token. */
  meanwhile: z.enum(['next_attempt', 'cancelled']).optional(),
  outcome: z.enum(['given', 'refused']),
});

/** What a case of each entry point holds. */
export const caseSchemas = {
  webhook: WebhookCase,
  command: CommandCase,
  identity: IdentityCase,
  context: ContextCase,
  repository: RepositoryCase,
  tools: ToolsCase,
  output: OutputCase,
  pages: PagesCase,
  tokens: TokensCase,
} as const;

export type Cases = { [Entry in EntryPoint]: z.infer<(typeof caseSchemas)[Entry]>[] };
export type CaseOf<Entry extends EntryPoint> = Cases[Entry][number];

/** What the oracles say of one play of one case. */
export type Verdict = Readonly<{
  id: string;
  entry: EntryPoint;
  /** Where it was played, when a case is played in several places. */
  at?: string;
  leaks: readonly string[];
  escapes: readonly string[];
  writes: readonly string[];
  /** It came out otherwise than it has to, or could not be played. */
  problems: readonly string[];
}>;

/** A verdict out of findings; those that are left out are empty. */
export function verdict(
  entry: EntryPoint,
  id: string,
  found: Partial<Pick<Verdict, 'at' | 'leaks' | 'escapes' | 'writes' | 'problems'>>,
): Verdict {
  return { id, entry, leaks: [], escapes: [], writes: [], problems: [], ...found };
}

/** True when nothing was found. */
export function isClean({ leaks, escapes, writes, problems }: Verdict): boolean {
  return [leaks, escapes, writes, problems].every((list) => list.length === 0);
}
