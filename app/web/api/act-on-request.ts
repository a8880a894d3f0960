import type { Request } from '../../../core/request.ts';
import { type Cancelled } from '../../replies.ts';
import { cancelJob } from '../../accept/cancel.ts';
import { takeUp } from '../../accept/take-up/take-up.ts';
import type { Viewer } from '../access/viewer.ts';
import { forbidden, WebProblem } from '../problem.ts';
import type { ApiDeps } from './api-deps.ts';
import { apiOrder, madeBefore, madeBy } from './order-once.ts';
import type { SeenRequest } from './request-document.ts';
import { findSeenRequest } from './see-request.ts';

type Deps = Pick<ApiDeps, 'accept' | 'access'>;

type Which = Readonly<{
  viewer: Viewer;
  id: string;
  /** One of its repositories; all when absent. */
  repository: Readonly<{ owner: string; name: string }> | undefined;
}>;

/**
 * Cancels what of a request is not done, in repositories that the viewer may read. Doing it again changes nothing.
 * Throws WebProblem.
 */
export async function cancelRequest(deps: Deps, which: Which): Promise<readonly Cancelled[]> {
  const { viewer, repository } = which;
  const seen = await findToActOn(deps, which);
  const jobs = seen.jobs.filter((job) => !repository || isIn(job, repository));
  if (jobs.length === 0) throw nothingToDo('This request does not work on that repository.');
  const results: Cancelled[] = [];
  for (const job of jobs) results.push(await cancelJob(deps.accept, job, viewer.user.login));
  await deps.accept.ingest.send({ type: 'report', request_id: seen.request.id });
  return results;
}

type Going = Which & Readonly<{ idempotencyKey: string; type: 'retry' | 'continue' }>;

/**
 * Goes on with an ended request in a new one, as the commands do. The same call under the same key gives the same
 * request. Throws WebProblem 409 with the reason when there is nothing to go on with.
 */
export async function goOnWithRequest(
  deps: Deps,
  going: Going,
): Promise<Readonly<{ request: Request; fresh: boolean }>> {
  const { viewer, id, repository, idempotencyKey, type } = going;
  const { request: before, jobs } = await findToActOn(deps, going);
  // A token reaches fewer repositories than its person, and what is gone on with is all of it.
  if (viewer.repositories && jobs.length < before.job_ids.length)
    throw forbidden('all repositories of this request');
  const { installation_id, repository: source } = before.source;
  const take =
    type === 'retry' ? { type, id, ...(repository ? { repository } : {}) } : { type, id };
  const order = apiOrder(deps, {
    viewer,
    idempotencyKey,
    place: { installation_id, repository: source },
    command: take,
    payload: take,
  });
  const made = await madeBefore(deps, order);
  if (made) return { request: made, fresh: false };
  const reply = await takeUp(deps.accept, order, take);
  const request = await madeBy(deps, order);
  if (!request) throw nothingToDo(reply ?? 'Nothing is left to do in this request.');
  return { request, fresh: true };
}

async function findToActOn(deps: Deps, { viewer, id }: Which): Promise<SeenRequest> {
  const seen = await findSeenRequest(deps, viewer, id);
  if (!seen.mayAct) throw forbidden('the repository where this was asked');
  return seen;
}

function isIn(
  { repository: job }: SeenRequest['jobs'][number],
  { owner, name }: Readonly<{ owner: string; name: string }>,
): boolean {
  return `${job.owner}/${job.name}`.toLowerCase() === `${owner}/${name}`.toLowerCase();
}

function nothingToDo(detail: string): WebProblem {
  return new WebProblem('nothing_to_do', detail);
}
