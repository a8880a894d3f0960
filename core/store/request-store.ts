import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import type { Job } from '../job.ts';
import { type RepositoryRef, Request, type RequestReport } from '../request.ts';
import {
  type BudgetCaps,
  budgetKeys,
  type BudgetOwner,
  overBudget,
  reservations,
  reserveAction,
} from './budget.ts';
import { ttlAt } from './expiry.ts';
import { grantAction } from './grant.ts';
import { jobItem } from './job-actions.ts';
import { linksOf, type PullRequestKey } from './pull-request-links.ts';
import {
  getReport,
  keepReport,
  leaseReport,
  releaseReport,
  type ReportLease,
  wantAgain,
} from './report-lease.ts';
import type { Table } from './table.ts';
import { dueBucket, keys } from './table-schema.ts';
import { heldBy } from './writer-lease.ts';

/** What is known of a command that was seen before. */
export const CommandRecord = z.object({
  type: z.literal('command'),
  semantic_key: z.string(),
  payload_sha256: z.string(),
  disposition: z.enum(['request', 'reply', 'ignored']),
  request_id: z.string().optional(),
  /** What is said beside the request, for example what it leaves out. */
  reply: z.string().optional(),
});
export type CommandRecord = z.infer<typeof CommandRecord>;

/** An issue or pull request of a repository. */
export type ThreadPlace = Readonly<{
  repository: Pick<RepositoryRef, 'id'>;
  issue_number: number;
}>;

/** Everything that one accepted command writes. */
export type Admit = Readonly<{
  command: CommandRecord;
  request: Request;
  jobs: readonly Job[];
  caps: BudgetCaps;
  /** Jobs of earlier requests that this one goes on with; nobody else may have done so before. */
  takes?: readonly string[];
  /** Who asked, with what evidence of permission. */
  audit: Readonly<Record<string, unknown>>;
}>;

/** What came of admitting: stored now, the command had been taken before, or another request goes on with a job. */
export type AdmitResult = 'admitted' | 'duplicate' | 'taken';

/** A job of an earlier request, and the request that went on with it. */
const Taken = z.object({ job_id: z.string(), by: z.string() });
export type Taken = z.infer<typeof Taken>;

/** Commands, requests and their reports in the table. Times are Unix ms. */
export type RequestStore = ReturnType<typeof createRequestStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Binds the request operations to a table and a clock. */
export function createRequestStore(deps: Deps) {
  return {
    command: (semanticKey: string) => getCommand(deps, semanticKey),
    /** Writes a command that made no request. False when it was there already. */
    remember: (command: CommandRecord) => remember(deps, command),
    admit: (admit: Admit) => admitRequest(deps, admit),
    get: (id: string) => getRequest(deps, id),
    /** The latest request of an issue, if any. */
    latestOf: (place: ThreadPlace) => latestOf(deps, place),
    /** Requests that were written on an issue or pull request, the newest first. */
    ofThread: (place: ThreadPlace, limit: number) => ofThread(deps, place, limit),
    /** Which requests worked on a pull request, the oldest first; none when Cody did not open it. */
    linksOf: (which: PullRequestKey) => linksOf(deps.table, which),
    /** Which jobs of a request others went on with. */
    takenOf: (id: string) => takenOf(deps, id),
    /** What is spent or reserved (micro-USD) of the user's day and the installation's month. */
    committed: (owner: BudgetOwner) => committedOf(deps, owner),
    report: (id: string) => getReport(deps, id),
    leaseReport: (id: string, lease: ReportLease) => leaseReport(deps, id, lease),
    keepReport: (report: RequestReport, leaseMs: number) => keepReport(deps, report, leaseMs),
    saveReport: (report: RequestReport, change: ReportChange) => saveReport(deps, report, change),
    wantAgain: (id: string) => wantAgain(deps, id),
    releaseReport: (report: RequestReport, restMs?: number) => releaseReport(deps, report, restMs),
  };
}

async function getCommand({ table }: Deps, key: string): Promise<CommandRecord | undefined> {
  const item = await table.get(keys.command(key));
  return item === undefined ? undefined : CommandRecord.parse(item);
}

/** A command that made a request is known as long as the request. GitHub delivers again for days only. */
const answeredMs = 90 * 24 * 3_600_000;

async function remember({ table, now }: Deps, command: CommandRecord): Promise<boolean> {
  try {
    await table.transact([
      {
        type: 'put',
        item: { ...keys.command(command.semantic_key), ...command, ...ttlAt(now() + answeredMs) },
        when: [{ attribute: 'pk', is: 'absent' }],
      },
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/**
 * Command, request, report, jobs with their grants, budget reservations and audit record in one transaction. Throws UserError
 * ('budget_exhausted') when the user's day or the installation's month has no room for the request's budget.
 */
async function admitRequest({ table, now }: Deps, admit: Admit): Promise<AdmitResult> {
  const { request, jobs, command } = admit;
  const absent = [{ attribute: 'pk', is: 'absent' }] as const;
  const at = now();
  const reserved = reservations(admit);
  const takes = admit.takes ?? [];
  try {
    await table.transact([
      { type: 'put', item: { ...keys.command(command.semantic_key), ...command }, when: absent },
      ...reserved.map(reserveAction),
      ...takes.map((jobId) => ({
        type: 'put' as const,
        item: { ...keys.taken(jobId), type: 'taken', job_id: jobId, by: request.id },
        when: absent,
      })),
      { type: 'put', item: requestItem(request), when: absent },
      { type: 'put', item: reportItem(request.id, at), when: absent },
      ...jobs.map((job) => ({ type: 'put' as const, item: jobItem(job), when: absent })),
      ...jobs.map((job) => grantAction(job, at)),
      {
        type: 'put',
        item: {
          ...keys.audit(new Date(at).toISOString().slice(0, 10), `${at}#${request.id}`),
          ...admit.audit,
          type: 'audit',
          action: 'request',
          request_id: request.id,
          at,
        },
      },
    ]);
    return 'admitted';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const refused = reserved[error.index - 1];
    if (refused) throw overBudget(refused);
    const taken = error.index > reserved.length && error.index <= reserved.length + takes.length;
    return taken ? 'taken' : 'duplicate';
  }
}

function requestItem(request: Request) {
  const { source } = request;
  return {
    ...keys.request(request.id),
    ...request,
    installation_key: `installation#${source.installation_id}`,
    ...(source.issue_number === undefined
      ? {}
      : { thread_key: threadKey({ ...source, issue_number: source.issue_number }) }),
  };
}

function reportItem(requestId: string, now: number) {
  return {
    ...keys.report(requestId),
    type: 'report',
    request_id: requestId,
    wanted: 1,
    rendered: 0,
    due_bucket: dueBucket,
    due_at: now + 10_000,
  };
}

function threadKey({ repository, issue_number }: ThreadPlace): string {
  return `thread#${repository.id}#${issue_number}`;
}

async function getRequest({ table }: Deps, id: string): Promise<Request | undefined> {
  const item = await table.get(keys.request(id));
  return item === undefined ? undefined : Request.parse(item);
}

async function latestOf(deps: Deps, place: ThreadPlace): Promise<Request | undefined> {
  const [latest] = await ofThread(deps, place, 1);
  return latest;
}

async function ofThread(
  { table }: Deps,
  place: ThreadPlace,
  limit: number,
): Promise<readonly Request[]> {
  const items = await table.query({
    index: 'by_thread',
    partition: threadKey(place),
    limit,
    newestFirst: true,
  });
  return items.map((item) => Request.parse(item));
}

async function takenOf({ table }: Deps, id: string): Promise<readonly Taken[]> {
  const items = await table.query({ partition: keys.request(id).pk, prefix: 'TAKEN#' });
  return items.map((item) => Taken.parse(item));
}

const Counter = z.object({ committed: z.number().default(0) });

async function committedOf(
  { table }: Deps,
  owner: BudgetOwner,
): Promise<Readonly<{ user: number; installation: number }>> {
  const [user = 0, installation = 0] = await Promise.all(
    budgetKeys(owner).map(
      async (key) => Counter.safeParse(await table.get(key)).data?.committed ?? 0,
    ),
  );
  return { user, installation };
}

type ReportChange = Partial<
  Pick<
    RequestReport,
    | 'rendered'
    | 'status_comment_id'
    | 'status_sha256'
    | 'status_at'
    | 'closing_comment_id'
    | 'replied_threads'
    | 'acknowledged'
  >
>;

/** Writes what the lease holder did. Throws ConditionFailed when the lease has passed to another one. */
async function saveReport(
  { table }: Deps,
  report: RequestReport,
  change: ReportChange,
): Promise<RequestReport> {
  await table.transact([
    { type: 'update', key: keys.report(report.request_id), set: change, when: [heldBy(report)] },
  ]);
  return { ...report, ...change };
}
