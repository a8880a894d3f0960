import type { Job } from '../../../../core/job.ts';
import { isTerminal } from '../../../../core/job-state.ts';
import { repositoryName } from '../../../../core/render/job-words.ts';
import type { Viewer } from '../../access/viewer.ts';
import { listRequests } from '../../api/list-requests.ts';
import type { PageDeps } from '../page-deps.ts';

/** What jobs cost lately, micro-USD: a quarter of them cost less than `low`, a quarter more than `high`. */
export type Estimate = Readonly<{
  /** The repository or the model that they have in common. */
  name: string;
  jobs: number;
  low: number;
  middle: number;
  high: number;
}>;

/** Estimates of everything that enough jobs have in common. */
export type Estimates = Readonly<{
  models: readonly Estimate[];
  repositories: ReadonlyMap<string, Estimate>;
}>;

/** Requests that are looked at, and jobs that are needed to say anything. */
const mostRequests = 60;
const fewestJobs = 3;

/** Returns what the last jobs that the person may see cost, for each model and each repository with enough of them. */
export async function estimateCosts(deps: PageDeps, viewer: Viewer): Promise<Estimates> {
  const wanted = { viewer, filters: {}, place: undefined, limit: mostRequests };
  const { items } = await listRequests(deps, wanted);
  const done = items
    .flatMap(({ jobs }) => jobs)
    .filter(({ state, cost_micro_usd: cost }) => isTerminal(state) && cost > 0);
  const repositories = estimatesBy(done, repositoryName);
  return {
    models: estimatesBy(done, ({ model }) => model),
    repositories: new Map(repositories.map((one) => [one.name, one])),
  };
}

/** What is likely for these repositories together, of those of which enough is known. */
export function estimateOf(
  { repositories }: Estimates,
  names: readonly string[],
): Readonly<{ low: number; high: number; known: number }> {
  const known = names.flatMap((name) => repositories.get(name) ?? []);
  const sum = (key: 'low' | 'high') => known.reduce((total, one) => total + one[key], 0);
  return { low: sum('low'), high: sum('high'), known: known.length };
}

function estimatesBy(jobs: readonly Job[], nameOf: (job: Job) => string): readonly Estimate[] {
  return [...Map.groupBy(jobs, nameOf)]
    .filter(([, group]) => group.length >= fewestJobs)
    .map(([name, group]) => {
      const costs = group.map((job) => job.cost_micro_usd).toSorted((a, b) => a - b);
      const at = (share: number) => costs[Math.round((costs.length - 1) * share)] ?? 0;
      return { name, jobs: group.length, low: at(0.25), middle: at(0.5), high: at(0.75) };
    });
}
