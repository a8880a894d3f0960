import { Policy } from '../../../core/policy.ts';

/* What every world has in common. */

const installations = 3;
const repositoriesEach = 3;
/** Repositories have the ids from 1 to this. */
export const repositories = installations * repositoriesEach;
/** Half a call of the script costs less than this (micro-USD); a job has room for some calls. */
export const jobBudget = 900_000;

export const policy = Policy.parse({
  budget: { job: jobBudget / 1e6, user_day: 7, installation_month: 9 },
  concurrency: { global: 3, installation: 2, repository: 1 },
});

export const serverUrl = 'https://github.example';
/** What may be written to GitHub. */
export const pace = {
  contentPerMinute: 8,
  contentPerHour: 80,
  minuteMs: 60_000,
  distanceMs: 1_000,
};
/** The one button that there is. */
export const button = {
  nonce: 'abcdefghijklmnop',
  installation_id: 1,
  repository_id: 1,
  pull_request: 1,
  head_sha: 'a'.repeat(40),
  check_run_id: 1,
  action: { type: 'fix' as const },
  command: { key: 'command/none', sha256: 'a'.repeat(64), bytes: 1 },
};

/** The installation of a repository, by their ids. */
export function installationOf(repository: number): number {
  return Math.ceil(repository / repositoriesEach);
}
