import { z } from 'zod';
import type { RepositoryRef } from '../request.ts';
import type { Github } from './octokit.ts';

/** A check run as the list of a commit's check runs shows it. */
export const ListedCheck = z.object({
  id: z.number().int(),
  name: z.string(),
  conclusion: z.string().nullish(),
  app: z.object({ id: z.number().int(), slug: z.string().nullish() }).nullish(),
  output: z
    .object({
      title: z.string().nullish(),
      summary: z.string().nullish(),
      text: z.string().nullish(),
      annotations_count: z.number().int().default(0),
    })
    .nullish(),
});
export type ListedCheck = z.infer<typeof ListedCheck>;

const failures = ['failure', 'timed_out', 'startup_failure'];

/** True when a conclusion means that something is wrong with the commit. */
export function isFailure(conclusion: string | null | undefined): boolean {
  return failures.includes(conclusion ?? '');
}

type Commit = Readonly<{ repository: Pick<RepositoryRef, 'owner' | 'name'>; sha: string }>;

/** Returns the latest check run of each name and app on a commit. Throws what Octokit throws. */
export async function checksOf(
  github: Github,
  { repository, sha }: Commit,
): Promise<readonly ListedCheck[]> {
  const runs = await github.paginate(github.rest.checks.listForRef, {
    owner: repository.owner,
    repo: repository.name,
    ref: sha,
    filter: 'latest',
    per_page: 100,
  });
  return z.array(ListedCheck).parse(runs);
}

type Suite = Readonly<{ owner: string; repo: string; check_suite_id: number }>;

/** Returns the latest check runs of a suite. Throws what Octokit throws. */
export async function checksOfSuite(github: Github, suite: Suite): Promise<readonly ListedCheck[]> {
  const runs = await github.paginate(github.rest.checks.listForSuite, { ...suite, per_page: 100 });
  return z.array(ListedCheck).parse(runs);
}
