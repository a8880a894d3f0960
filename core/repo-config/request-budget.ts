import type { Policy } from '../policy.ts';
import type { ConfigFiles } from './effective-settings.ts';

/** What each job of a request may cost, micro-USD; or the smallest cap that what was asked for does not fit under. */
export type RequestBudget =
  | Readonly<{ type: 'fits'; jobs: readonly number[] }>
  | Readonly<{ type: 'too_high'; asked: number; cap: number }>;

type Input = Readonly<{
  policy: Pick<Policy, 'budget'>;
  /** For the whole request; undefined leaves it to the files and the server. */
  asked: number | undefined;
  /** One for each job. */
  targets: readonly ConfigFiles[];
}>;

/**
 * Splits a request's budget over its jobs. What was asked for is split evenly and must fit under every cap: the
 * server's, organizations' and repositories' for a request, and theirs for each job. Else each job has the server's
 * default, less where a cap is smaller. Pure.
 */
export function requestBudget({ policy, asked, targets }: Input): RequestBudget {
  const count = Math.max(1, targets.length);
  const requestCap = Math.min(
    policy.budget.request,
    ...targets.flatMap((one) => caps(one, 'request')),
  );
  const jobCaps = targets.map((one) => Math.min(Infinity, ...caps(one, 'job')));
  if (asked === undefined) {
    const share = Math.min(policy.budget.job, Math.floor(requestCap / count));
    return { type: 'fits', jobs: jobCaps.map((cap) => Math.min(share, cap)) };
  }
  const cap = Math.min(requestCap, ...jobCaps.map((one) => one * count));
  if (asked > cap) return { type: 'too_high', asked, cap };
  return { type: 'fits', jobs: targets.map(() => Math.floor(asked / count)) };
}

function caps({ organization, repository }: ConfigFiles, key: 'job' | 'request'): number[] {
  return [organization?.config.budget?.[key], repository?.config.budget?.[key]].filter(
    (cap) => cap !== undefined,
  );
}
