import { z } from 'zod';
import { answeredStatus } from '../../core/github/known-message.ts';
import type { Github } from '../../core/github/octokit.ts';
import type { RepositoryRef } from '../../core/request.ts';

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
