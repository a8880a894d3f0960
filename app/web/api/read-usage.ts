import type { Job } from '../../../core/job.ts';
import { isTerminal } from '../../../core/job-state.ts';
import type { Request } from '../../../core/request.ts';
import type { Viewer } from '../access/viewer.ts';
import type { ApiDeps } from './api-deps.ts';
import { isoTime } from './job-document.ts';
import { type UsageDocument, type UsageRow, usageSums } from './usage-document.ts';
import { walkRequests } from './walk-requests.ts';

/** Sums what jobs of the last days cost, of those that the viewer may read. */
export type ReadUsage = (viewer: Viewer, days: number) => Promise<UsageDocument>;

type Deps = Pick<ApiDeps, 'accept' | 'access' | 'table' | 'served' | 'now'>;

type CostedJob = Pick<Job, 'installation_id' | 'repository' | 'model' | 'cost_micro_usd' | 'usage'>;

/** Requests that one call looks at. */
const mostLookedAt = 1_000;
const chunk = 25;
/** Ended requests whose jobs are remembered: they do not change any more. */
const mostRemembered = 5_000;

/** Creates the sums, with an empty memory. Throws TransientError when GitHub or the table is out. */
export function createReadUsage(deps: Deps): ReadUsage {
  const ended = new Map<string, readonly CostedJob[]>();
  const jobsOf = async ({ id }: Request): Promise<readonly CostedJob[]> => {
    const known = ended.get(id);
    if (known) return known;
    const jobs = await deps.accept.jobs.ofRequest(id);
    const costed = jobs.map(({ installation_id, repository, model, cost_micro_usd, usage }) => ({
      installation_id,
      repository,
      model,
      cost_micro_usd,
      usage,
    }));
    if (jobs.every(({ state }) => isTerminal(state))) remember(ended, id, costed);
    return costed;
  };
  return async (viewer, days) => {
    const until = deps.now();
    const since = until - days * 24 * 3_600_000;
    const { requests, complete } = await requestsSince(deps, since);
    const rows: UsageRow[] = [];
    for (let at = 0; at < requests.length; at += chunk) {
      const part = requests.slice(at, at + chunk);
      const found = await Promise.all(
        part.map(async (request) => rowsOf(deps, { viewer, request, jobs: await jobsOf(request) })),
      );
      rows.push(...found.flat());
    }
    const budget = await ownDay(deps, viewer);
    return { since: isoTime(since), until: isoTime(until), complete, ...usageSums(rows), budget };
  };
}

function remember(
  ended: Map<string, readonly CostedJob[]>,
  id: string,
  jobs: readonly CostedJob[],
): void {
  ended.set(id, jobs);
  const [oldest] = ended.keys();
  if (ended.size > mostRemembered && oldest !== undefined) ended.delete(oldest);
}

async function requestsSince(deps: Deps, since: number) {
  const requests: Request[] = [];
  for await (const request of walkRequests(deps, { part: 250 })) {
    if (request.created_at < since) break;
    if (requests.length === mostLookedAt) return { requests, complete: false };
    requests.push(request);
  }
  return { requests, complete: true };
}

type Costed = Readonly<{ viewer: Viewer; request: Request; jobs: readonly CostedJob[] }>;

async function rowsOf(
  { access }: Deps,
  { viewer, request, jobs }: Costed,
): Promise<readonly UsageRow[]> {
  const rows = await Promise.all(
    jobs.map(async ({ installation_id, repository, model, cost_micro_usd, usage }) => {
      if ((await access(viewer, { installation_id, repository })) === 'none') return [];
      return [
        {
          day: isoTime(request.created_at).slice(0, 10),
          user: request.requester.login,
          repository: `${repository.owner}/${repository.name}`,
          model,
          cost_micro_usd,
          usage,
        },
      ];
    }),
  );
  return rows.flat();
}

async function ownDay({ accept, now }: Deps, { user }: Viewer): Promise<UsageDocument['budget']> {
  const { user: committed } = await accept.requests.committed({
    // Only the user's counter is shown.
    installation_id: 0,
    requester_id: user.id,
    created_at: now(),
  });
  const cap = accept.policy.budget.user_day;
  return { day: { committed_micro_usd: committed, cap_micro_usd: cap } };
}
