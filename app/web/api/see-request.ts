import type { Job } from '../../../core/job.ts';
import { requestStatus } from '../../../core/request-status.ts';
import type { Request } from '../../../core/request.ts';
import type { Viewer } from '../access/viewer.ts';
import { notFound } from '../problem.ts';
import type { ApiDeps } from './api-deps.ts';
import type { SeenRequest } from './request-document.ts';

type Deps = Pick<ApiDeps, 'accept' | 'access'>;

/**
 * Returns what the viewer may see of a request; undefined when that is neither its source nor one of its targets.
 * Throws TransientError when GitHub is out.
 */
export async function seeRequest(
  { access }: Pick<ApiDeps, 'access'>,
  viewer: Viewer,
  { request, jobs: all }: Readonly<{ request: Request; jobs: readonly Job[] }>,
): Promise<SeenRequest | undefined> {
  const level = await access(viewer, request.source);
  const jobs = await readable({ access }, viewer, all);
  if (level === 'none' && jobs.length === 0) return undefined;
  const own = request.requester.id === viewer.user.id && level !== 'none';
  const source = level !== 'none';
  const status = requestStatus(source ? all : jobs);
  return { request, jobs, status, source, mayAct: own || level === 'write' };
}

async function readable(
  { access }: Pick<ApiDeps, 'access'>,
  viewer: Viewer,
  jobs: readonly Job[],
): Promise<readonly Job[]> {
  const seen = await Promise.all(
    jobs.map(async (job) => ((await access(viewer, job)) === 'none' ? [] : [job])),
  );
  return seen.flat();
}

/** The request with this id as the viewer sees it. Throws WebProblem 404, the same for one that is hidden. */
export async function findSeenRequest(
  deps: Deps,
  viewer: Viewer,
  id: string,
): Promise<SeenRequest> {
  const request = await deps.accept.requests.get(id);
  if (!request) throw notFound();
  const jobs = await deps.accept.jobs.ofRequest(id);
  const seen = await seeRequest(deps, viewer, { request, jobs });
  if (!seen) throw notFound();
  return seen;
}

/** A job that the viewer may read. Throws as above. */
export async function findSeenJob(
  { accept, access }: Deps,
  viewer: Viewer,
  id: string,
): Promise<Job> {
  const job = await accept.jobs.get(id);
  if (!job || (await access(viewer, job)) === 'none') throw notFound();
  return job;
}

/**
 * Whether the viewer may know the prompt of a request: who may read the place where it was asked. A prompt that stands
 * in a private file is told by its name only, to everybody.
 */
export async function maySeePrompt(
  { access }: Pick<ApiDeps, 'access'>,
  viewer: Viewer,
  request: Request,
): Promise<boolean> {
  return !request.untold && (await access(viewer, request.source)) !== 'none';
}

/** The prompt of a request, for those who may know it. Throws TransientError when a store or GitHub is out. */
export async function seePrompt(
  { accept, access }: Deps,
  viewer: Viewer,
  request: Request,
): Promise<string | undefined> {
  if (!(await maySeePrompt({ access }, viewer, request))) return undefined;
  return (await accept.bucket.get(request.prompt)).toString('utf8');
}
