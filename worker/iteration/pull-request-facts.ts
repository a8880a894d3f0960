import { z } from 'zod';
import { answeredStatus } from '../../core/github/known-message.ts';
import type { Github } from '../../core/github/octokit.ts';
import type { RepositoryRef } from '../../core/request.ts';
import type { PullRequestView } from '../agent/pull-request-prompt.ts';

type Repository = Pick<RepositoryRef, 'owner' | 'name'>;

const maxDiffLength = 30_000;

/** Returns the pull request's diff against its base, cut to 30,000 characters. Throws what Octokit throws. */
export async function pullRequestDiff(
  github: Github,
  { repository, number }: Readonly<{ repository: Repository; number: number }>,
): Promise<string> {
  const at = { owner: repository.owner, repo: repository.name, pull_number: number };
  try {
    const { data } = await github.rest.pulls.get({ ...at, mediaType: { format: 'diff' } });
    const diff = z.string().parse(data);
    return diff.length <= maxDiffLength
      ? diff
      : `${diff.slice(0, maxDiffLength)}\n(the diff is longer and is cut here)`;
  } catch (error) {
    // GitHub shows no diff of more than 20,000 lines.
    if (answeredStatus(error) === 406) return '(the diff is too large to be shown)';
    throw error;
  }
}

const Run = z.object({
  name: z.string(),
  conclusion: z.string().nullish(),
  output: z.object({ title: z.string().nullish() }).nullish(),
});

/** Returns the latest check runs that failed on a commit, with the title of their output. Throws what Octokit throws. */
export async function failingChecks(
  github: Github,
  { repository, sha }: Readonly<{ repository: Repository; sha: string }>,
): Promise<PullRequestView['failingChecks']> {
  const { data } = await github.rest.checks.listForRef({
    owner: repository.owner,
    repo: repository.name,
    ref: sha,
    filter: 'latest',
    per_page: 100,
  });
  const failed = ['failure', 'timed_out', 'startup_failure'];
  return z
    .array(Run)
    .parse(data.check_runs)
    .filter(({ conclusion }) => failed.includes(conclusion ?? ''))
    .slice(0, 30)
    .map(({ name, output }) => ({ name, title: (output?.title ?? '').slice(0, 200) }));
}
