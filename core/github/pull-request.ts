import { z } from 'zod';
import type { RepositoryRef } from '../request.ts';
import { answeredStatus } from './known-message.ts';
import type { Github } from './octokit.ts';

/** A pull request as GitHub shows it now. */
export type PullRequestState = Readonly<{
  number: number;
  title: string;
  body: string;
  url: string;
  author: string;
  open: boolean;
  merged: boolean;
  draft: boolean;
  /** `repository_id` is undefined when the fork that the head was in is gone. */
  head: Readonly<{ repository_id: number | undefined; branch: string; sha: string }>;
  base: Readonly<{ branch: string }>;
}>;

const Answer = z.object({
  number: z.number().int(),
  title: z.string(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: z.object({ login: z.string() }).nullish(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean().default(false),
  draft: z.boolean().default(false),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    repo: z.object({ id: z.number().int() }).nullish(),
  }),
  base: z.object({ ref: z.string() }),
});

type Which = Readonly<{ repository: Pick<RepositoryRef, 'owner' | 'name'>; number: number }>;

/** Returns a pull request, or undefined when GitHub shows none to this token. Throws what Octokit throws otherwise. */
export async function pullRequestState(
  github: Github,
  { repository, number }: Which,
): Promise<PullRequestState | undefined> {
  try {
    const at = { owner: repository.owner, repo: repository.name, pull_number: number };
    const { data } = await github.rest.pulls.get(at);
    return stateOf(Answer.parse(data));
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}

function stateOf(answer: z.infer<typeof Answer>): PullRequestState {
  const { number, title, merged, draft, head } = answer;
  return {
    number,
    title,
    body: answer.body ?? '',
    url: answer.html_url,
    author: answer.user?.login ?? 'ghost',
    open: answer.state === 'open',
    merged,
    draft,
    head: { repository_id: head.repo?.id, branch: head.ref, sha: head.sha },
    base: { branch: answer.base.ref },
  };
}
