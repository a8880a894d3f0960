import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const situationsFolder = new URL('../../fixtures/situations', import.meta.url).pathname;

const Json = z.record(z.string(), z.unknown());
const Role = z.enum(['none', 'read', 'triage', 'write', 'maintain', 'admin']);

/** A repository of `acme`, or of another account when its name says so: `globex/partner`. */
const SeededRepository = z.strictObject({
  private: z.boolean().optional(),
  archived: z.boolean().optional(),
  /** Without a commit. */
  empty: z.boolean().optional(),
  files: z.record(z.string(), z.string()).optional(),
  /** Beside those that everybody has in every repository; `none` takes one away. */
  roles: z.record(z.string(), Role).optional(),
});
export type SeededRepository = z.infer<typeof SeededRepository>;

const SeededInstallation = z.strictObject({
  suspended: z.boolean().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  repositories: z.array(z.string()).optional(),
});

const World = z.strictObject({
  repositories: z.record(z.string(), SeededRepository).default({}),
  /** By account. `acme` is installed anyway. */
  installations: z.record(z.string(), SeededInstallation).default({}),
  teams: z.record(z.string(), z.array(z.string())).optional(),
  /** False: the operator does not serve `acme`. */
  served: z.boolean().default(true),
});
/** How a job ends, as its worker writes it. */
const JobEnd = z.strictObject({
  state: z.enum(['pull_request', 'patch', 'answered', 'planned', 'cancelled', 'failed']),
  cause: z.string().optional(),
  next: z.string().optional(),
  /** Its work tree was kept. */
  snapshot: z.boolean().optional(),
  /** It holds a check run with its thread. */
  check: z.boolean().optional(),
});
export type JobEnd = z.infer<typeof JobEnd>;

const Fault = z.strictObject({
  method: z.string().optional(),
  path: z.string(),
  times: z.number().optional(),
  when: z.enum(['before', 'after']).default('before'),
  status: z.number().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  destroy: z.boolean().optional(),
});

/** What happened before: each step is one of these, and all of its events are handled. */
const Step = z.strictObject({
  comment: z.string().optional(),
  by: z.string().optional(),
  /** Ends jobs of the latest request, by repository. */
  end: z.record(z.string(), JobEnd).optional(),
  /** Jobs that a worker holds, by repository. */
  claim: z.array(z.string()).optional(),
  /** False: the App does not hear of what ended. */
  told: z.boolean().optional(),
  roles: z.record(z.string(), z.record(z.string(), Role)).optional(),
  update: z
    .record(z.string(), z.object({ private: z.boolean(), archived: z.boolean() }).partial())
    .optional(),
  installation: SeededInstallation.optional(),
  /** USD that are reserved: of the requester's day, of the installation's month. */
  spent: z.object({ day: z.number(), month: z.number() }).partial().optional(),
  /** Adds a commit to a branch of `web`; `head` is that of the pull request. */
  push: z.string().optional(),
  pull_request: z.enum(['close', 'merge']).optional(),
  press: z.string().optional(),
  days: z.number().optional(),
});
export type Step = z.infer<typeof Step>;

/** One way in which the event comes: by default once, as GitHub sends it. */
const Arrival = z.strictObject({
  event: z.string().optional(),
  change: Json.optional(),
  /** Under the delivery id of the first one. */
  same_delivery: z.boolean().optional(),
  signed: z.boolean().optional(),
});

/** A person does something on GitHub, in a world, and GitHub tells the App. */
export const Situation = z.strictObject({
  event: z.string(),
  action: z.string().optional(),
  on: z.enum(['issue', 'pull_request', 'own_pull_request']).default('issue'),
  fork: z.boolean().default(false),
  by: z.string(),
  write: z.string().optional(),
  /** Texts on the changed line: of a review, or before it in the thread. */
  remarks: z.array(z.string()).optional(),
  thread: z.array(z.strictObject({ by: z.string(), write: z.string() })).optional(),
  state: z.enum(['COMMENT', 'APPROVE', 'REQUEST_CHANGES']).default('COMMENT'),
  press: z.string().optional(),
  /** A job of a workflow that fails at the head. */
  fail: z.string().optional(),
  rerun: z.enum(['run', 'suite']).optional(),
  world: World.prefault({}),
  before: z.array(Step).default([]),
  /** What changes between the deed and the moment when the App hears of it. */
  meanwhile: z.array(Step).default([]),
  github: z.array(Fault).default([]),
  change: Json.optional(),
  arrivals: z.array(Arrival).default([{}]),
});
export type Situation = z.infer<typeof Situation>;

/** The names of all situations, as `<event>/<situation>`. */
export function situationNames(): readonly string[] {
  return readdirSync(situationsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: event }) =>
      readdirSync(join(situationsFolder, event)).map((name) => `${event}/${name}`),
    )
    .toSorted();
}

/** Names that each situation has for itself on the one GitHub: they get its ending. */
const ownNames =
  /(?<![\w-])(acme|globex|requester|writer|maintainer|administrator|triager|reader|outsider|stranger)(?![\w-])/gi;

/** Reads a situation; names of accounts get an ending, so that it shares nothing with another one. */
export function readSituation(name: string, ending: string): Situation {
  const text = readFileSync(join(situationsFolder, name, 'situation.yml'), 'utf8');
  const written: unknown = parse(text.replaceAll(ownNames, `$1${ending}`));
  return Situation.parse(Object.assign({ by: `requester${ending}` }, written));
}
