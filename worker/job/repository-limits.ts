import { closest } from 'fastest-levenshtein';
import type { Job } from '../../core/job.ts';
import type { Policy } from '../../core/policy.ts';
import type { Effort } from '../../core/request.ts';
import type { RepoLimits } from '../workspace/repo-limits.ts';

/** What holds for one job's run. Money in micro-USD. `notices` say what the repository asked for and does not get. */
export type RunBounds = Readonly<{
  model: string;
  effort: Effort;
  turns: number;
  minutes: number;
  budget_micro_usd: number;
  notices: readonly string[];
}>;

type Given = Readonly<{
  policy: Pick<Policy, 'model' | 'models' | 'effort' | 'limits'>;
  job: Pick<Job, 'model' | 'effort' | 'budget_micro_usd'>;
  repository: RepoLimits;
}>;

/**
 * The smallest of what server, request and repository allow. The repository's model and effort stand in for the
 * server's defaults only: a job whose model or effort differs from those was given them by its requester (or by an
 * earlier attempt of this). Pure.
 */
export function boundRun({ policy, job, repository }: Given): RunBounds {
  const model = modelOf({ policy, job, repository });
  const standard = job.effort === policy.effort;
  return {
    model: model.id,
    effort: standard ? (repository.effort ?? job.effort) : job.effort,
    turns: smallest(policy.limits.turns, repository.turns),
    minutes: smallest(policy.limits.minutes, repository.minutes),
    budget_micro_usd: smallest(job.budget_micro_usd, repository.budget_micro_usd),
    notices: model.notices,
  };
}

function modelOf({ policy, job, repository }: Given): { id: string; notices: readonly string[] } {
  const wanted = repository.model;
  if (wanted === undefined || job.model !== policy.model) return { id: job.model, notices: [] };
  const allowed = [...new Set([policy.model, ...policy.models])];
  if (allowed.includes(wanted)) return { id: wanted, notices: [] };
  const notice = `.github/cody.yml: \`model\` is \`${wanted}\`, which this server does not allow; the nearest allowed one is \`${closest(wanted, allowed)}\`. The run uses \`${job.model}\`.`;
  return { id: job.model, notices: [notice] };
}

function smallest(bound: number, wanted: number | undefined): number {
  return wanted === undefined ? bound : Math.min(bound, wanted);
}
