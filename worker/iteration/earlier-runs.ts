import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bucket } from '../../core/bucket.ts';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import type { RepositoryRef, Request } from '../../core/request.ts';
import { outcomeWords } from '../../core/render/job-words.ts';
import { renderThread } from '../../core/render/thread-markdown.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import { requestOf } from '../../core/store/table-schema.ts';
import { Thread } from '../../core/thread.ts';
import type { EarlierRun } from '../agent/pull-request-prompt.ts';

export type EarlierDeps = Readonly<{
  requests: Pick<RequestStore, 'linksOf' | 'ofThread' | 'get'>;
  jobs: Pick<JobStore, 'ofRequest'>;
  bucket: Pick<Bucket, 'get'>;
  redact: (text: string) => string;
}>;

/** A job that works on a pull request of its repository. */
export type EarlierThan = Readonly<{
  job: Pick<Job, 'request_id' | 'repository'>;
  number: number;
  /** The folder of logs that tools can read. */
  logs: string;
}>;

const maxRuns = 8;
const maxThreadLength = 400_000;

/**
 * What earlier runs on a pull request were asked and handed in, the oldest first: those that opened it or pushed to
 * it, and those that were asked on it. Their threads are written below `logs`, where tools only read. Throws
 * TransientError when the table or the bucket is out.
 */
export async function earlierRuns(
  deps: EarlierDeps,
  than: EarlierThan,
): Promise<readonly EarlierRun[]> {
  const found = await pastJobs(deps, than);
  return tellRuns(deps, found.slice(-maxRuns), than.logs);
}

/** What one earlier run was asked and handed in, with its thread below `logs`. Throws as `earlierRuns` does. */
export async function earlierRun(
  deps: EarlierDeps,
  { id, repository, logs }: Readonly<{ id: string; repository: RepositoryRef; logs: string }>,
): Promise<readonly EarlierRun[]> {
  const past = await pastOf(deps, requestOf(id));
  return tellRuns(
    deps,
    past.filter((one) => one.job.id === id && mayTell(one, repository)),
    logs,
  );
}

async function tellRuns(
  deps: EarlierDeps,
  found: readonly Past[],
  logs: string,
): Promise<readonly EarlierRun[]> {
  const runs: EarlierRun[] = [];
  for (const { request, job } of found) {
    runs.push({
      job: job.id,
      requester: request.requester.login,
      prompt: deps.redact(request.prompt_excerpt),
      outcome: deps.redact(`${outcomeWords(job)}. ${job.cause?.sentence ?? ''}`.trim()),
      submission: job.submission,
      file: await writeThread(deps, job, logs),
    });
  }
  return runs;
}

type Past = Readonly<{ request: Request; job: Job }>;

async function pastJobs(deps: EarlierDeps, than: EarlierThan): Promise<readonly Past[]> {
  const { repository, request_id } = than.job;
  const links = await deps.requests.linksOf({ repository_id: repository.id, number: than.number });
  const asked = await deps.requests.ofThread({ repository, issue_number: than.number }, maxRuns);
  const ids = new Set([...links.map((link) => link.request_id), ...asked.map(({ id }) => id)]);
  ids.delete(request_id);
  const past = await Promise.all([...ids].map((id) => pastOf(deps, id)));
  return past
    .flat()
    .filter(({ job }) => job.repository.id === repository.id && isTerminal(job.state))
    .filter((one) => mayTell(one, repository))
    .toSorted((a, b) => a.job.created_at - b.job.created_at);
}

/** What was said in private, or while a repository was private, stays out of threads that everybody can read now. */
export function mayTell(
  { request, job }: Readonly<{ request: Pick<Request, 'source'>; job: Pick<Job, 'repository'> }>,
  repository: RepositoryRef,
): boolean {
  return repository.private || !(job.repository.private || request.source.repository.private);
}

async function pastOf(deps: EarlierDeps, id: string): Promise<readonly Past[]> {
  const request = await deps.requests.get(id);
  if (!request) return [];
  return (await deps.jobs.ofRequest(id)).map((job) => ({ request, job }));
}

/** Returns the path under which tools see the thread; undefined when the run left none. */
async function writeThread(
  { bucket, redact }: EarlierDeps,
  job: Job,
  logs: string,
): Promise<string | undefined> {
  if (!job.thread) return undefined;
  const thread = Thread.parse(JSON.parse((await bucket.get(job.thread)).toString('utf8')));
  const text = redact(renderThread(thread)).slice(0, maxThreadLength);
  await mkdir(join(logs, 'earlier'), { recursive: true });
  await writeFile(join(logs, 'earlier', `${job.id}.md`), text, { mode: 0o444 });
  return `/workspace/logs/earlier/${job.id}.md`;
}
