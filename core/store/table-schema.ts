/** The table's indexes. All are sparse: an item without both attributes does not appear. */
export const indexes = {
  /** Everything that the sweep has to look at again, by time (ms). */
  by_due: { partition: 'due_bucket', sort: 'due_at', sortType: 'N' },
  /** Jobs that have not ended, by state and age. */
  by_state: { partition: 'state_key', sort: 'created_at', sortType: 'N' },
  /** Requests of an installation, by age. */
  by_installation: { partition: 'installation_key', sort: 'created_at', sortType: 'N' },
  /** Requests of an issue or pull request, by age. */
  by_thread: { partition: 'thread_key', sort: 'created_at', sortType: 'N' },
  /** Pull request links by repository and number. */
  by_pull_request: { partition: 'pull_request_key', sort: 'created_at', sortType: 'N' },
} as const;
export type IndexName = keyof typeof indexes;

/** The partition of `by_due` with jobs and reports. */
export const dueBucket = 'due';

/** Others, for what must not keep jobs and reports from being looked at. */
export const scheduleBuckets = {
  schedule_book: 'schedule',
  schedule_round: 'schedule_round',
} as const;

/** Check runs with buttons that are behind. */
export const promptsBucket = 'prompts_check';

/** Checks that were asked for again. */
export const openCheckBucket = 'open_check';

/** Webhook deliveries that failed. */
export const deliveryBucket = 'delivery';

/**
 * Keys of every item kind, in one place. What workers write stands in partitions of its own: on AWS their role is let
 * into whole partitions (infra/access.ts).
 */
export const keys = {
  command: (semanticKey: string) => ({ pk: `CMD#${semanticKey}`, sk: '-' }),
  /** A webhook delivery that failed. */
  delivery: (guid: string) => ({ pk: `DLV#${guid}`, sk: '-' }),
  /** How far GitHub's list of failed deliveries was read. */
  deliveryWatch: () => ({ pk: 'DELIVERIES', sk: 'WATCH' }),
  request: (requestId: string) => ({ pk: `REQ#${requestId}`, sk: 'REQ' }),
  /** What a plan came to, for its approval. */
  plan: (requestId: string) => ({ pk: `REQ#${requestId}`, sk: 'PLAN' }),
  /** What the broker may give to a job's attempts. */
  grant: (jobId: string) => ({ pk: `GRANT#${jobId}`, sk: '-' }),
  report: (requestId: string) => ({ pk: workOf(requestId), sk: 'REPORT' }),
  job: (jobId: string) => ({ pk: workOf(requestOf(jobId)), sk: `JOB#${jobId}` }),
  /** Who went on with a job: each is taken up once. */
  taken: (jobId: string) => ({ pk: `REQ#${requestOf(jobId)}`, sk: `TAKEN#${jobId}` }),
  journal: (jobId: string, seq: number) => ({
    pk: `JOURNAL#${jobId}`,
    sk: `J#${String(seq).padStart(6, '0')}`,
  }),
  /** What set-up and verification said, until the thread is stored. */
  commandLog: (jobId: string, place: string) => ({ pk: `COMMANDS#${jobId}`, sk: place }),
  slot: (name: string) => ({ pk: `SLOT#${name}`, sk: '-' }),
  budget: (owner: string, period: string) => ({ pk: `BUDGET#${owner}`, sk: period }),
  pullRequest: (requestId: string, repositoryId: number) => ({
    pk: workOf(requestId),
    sk: `PR#${repositoryId}`,
  }),
  pacing: (installationId: number) => ({ pk: `PACING#${installationId}`, sk: '-' }),
  audit: (day: string, id: string) => ({ pk: `AUDIT#${day}`, sk: id }),
  button: (nonce: string) => ({ pk: `BUTTON#${nonce}`, sk: '-' }),
  /** The check run with buttons on a commit. */
  promptsCheck: (head: Readonly<{ repository_id: number; head_sha: string }>) => ({
    pk: `HEAD#${head.repository_id}#${head.head_sha}`,
    sk: 'PROMPTS',
  }),
  /** Messages that nobody could read; all of them stand in one partition, to be counted. */
  malformed: (id: string) => ({ pk: 'MALFORMED', sk: id }),
  /** Whose a login is that files name. */
  login: (login: string) => ({ pk: `LOGIN#${login.toLowerCase()}`, sk: '-' }),
  openCheck: (repositoryId: number, check: string) => ({
    pk: `OPENCHECK#${repositoryId}#${check}`,
    sk: '-',
  }),
  /** What runs by itself in a repository. */
  scheduleBook: (repositoryId: number) => ({ pk: `SCHEDULE#${repositoryId}`, sk: 'BOOK' }),
  /** How far the search for schedules in an installation has come. */
  scheduleRound: (installationId: number) => ({ pk: `SCHEDULES#${installationId}`, sk: 'ROUND' }),
  /** When installations are looked for again. */
  scheduleRounds: () => ({ pk: 'SCHEDULES', sk: 'ROUNDS' }),
  /** A browser that is signed in, by the hash of what its cookie holds. */
  session: (sha256: string) => ({ pk: `SESSION#${sha256}`, sk: '-' }),
  /** A browser on its way through GitHub's sign-in. */
  signIn: (stateSha256: string) => ({ pk: `SIGNIN#${stateSha256}`, sk: '-' }),
  /** What a program shows instead of a person; all of them stand in one partition, to be listed. */
  machineToken: (sha256: string) => ({ pk: 'MACHINE_TOKENS', sk: sha256 }),
  modelPause: (keyId: string) => ({ pk: `MODEL#${keyId}`, sk: 'PAUSE' }),
  warmCache: (shared: Readonly<{ request_id: string; model: string; prefix_sha256: string }>) => ({
    pk: workOf(shared.request_id),
    sk: `CACHE#${shared.model}#${shared.prefix_sha256}`,
  }),
} as const;

/** The partition of what becomes of a request: its jobs and what belongs to them. The request itself is not there. */
export function workOf(requestId: string): string {
  return `WORK#${requestId}`;
}

/** The request that a job id belongs to: `<request id>-<n>`. */
export function requestOf(jobId: string): string {
  return jobId.slice(0, jobId.lastIndexOf('-'));
}
