import { isTerminal } from '../../../../core/job-state.ts';
import type { Viewer } from '../../access/viewer.ts';
import { listRequests } from '../../api/list-requests.ts';
import type { PageDeps } from '../page-deps.ts';

/** What jobs cost lately, micro-USD: a quarter of them cost less than `low`, a quarter more than `high`. */
export type Estimate = Readonly<{
  model: string;
  jobs: number;
  low: number;
  middle: number;
  high: number;
}>;

/** Requests that are looked at, and jobs that are needed to say anything. */
const mostRequests = 60;
const fewestJobs = 3;

/** Returns what the last jobs that the person may see cost, for each model that enough of them had. */
export async function estimateCosts(deps: PageDeps, viewer: Viewer): Promise<readonly Estimate[]> {
  const wanted = { viewer, filters: {}, place: undefined, limit: mostRequests };
  const { items } = await listRequests(deps, wanted);
  const done = items
    .flatMap(({ jobs }) => jobs)
    .filter(({ state, cost_micro_usd: cost }) => isTerminal(state) && cost > 0);
  return [...Map.groupBy(done, ({ model }) => model)]
    .filter(([, jobs]) => jobs.length >= fewestJobs)
    .map(([model, jobs]) => {
      const costs = jobs.map((job) => job.cost_micro_usd).toSorted((a, b) => a - b);
      const at = (share: number) => costs[Math.round((costs.length - 1) * share)] ?? 0;
      return { model, jobs: jobs.length, low: at(0.25), middle: at(0.5), high: at(0.75) };
    });
}
