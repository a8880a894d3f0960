import { z } from 'zod';
import type { Github } from '../../core/github/octokit.ts';
import type { RequestSource } from '../../core/request.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'bot' | 'log'>;

/** Of a review with many remarks only the first ones are marked: each mark is a write. */
const maxRemarks = 10;

/**
 * Sets 👀 on the comment, or on the remarks of a review; its own text and check runs take no reactions. Returns what
 * GitHub answered when it could not be set. What may be there already (`again`) is looked up first.
 */
export async function acknowledge(
  deps: Deps,
  { source }: Order,
  again: boolean,
): Promise<Error | undefined> {
  try {
    const github = await deps.installations.client(source.installation_id);
    for (const comment of commentsOf(source)) {
      const { list, set } = reactionsOf(github, source.repository, comment);
      if (again && (await isThere(deps, await list()))) continue;
      await set();
    }
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    deps.log.warn({ err: failure }, 'The comment could not be acknowledged');
    return failure;
  }
}

type Commented = Readonly<{ type: 'comment' | 'remark'; comment_id: number }>;

function commentsOf(source: RequestSource): readonly Commented[] {
  switch (source.type) {
    case 'issue_comment':
      return [{ type: 'comment', comment_id: source.comment_id }];
    case 'review_comment':
      return [{ type: 'remark', comment_id: source.comment_id }];
    case 'review':
      return source.comment_ids
        .slice(0, maxRemarks)
        .map((comment_id) => ({ type: 'remark', comment_id }));
    case 'button':
    case 'schedule':
    case 'api':
      return [];
  }
}

function reactionsOf(
  github: Github,
  { owner, name: repo }: RequestSource['repository'],
  { type, comment_id }: Commented,
) {
  const { reactions } = github.rest;
  const where = { owner, repo, comment_id, content: 'eyes' as const };
  // Should there be more of them, setting ours once more changes nothing.
  const first = { ...where, per_page: 100 };
  return type === 'comment'
    ? {
        list: async () => (await reactions.listForIssueComment(first)).data,
        set: () => reactions.createForIssueComment(where),
      }
    : {
        list: async () => (await reactions.listForPullRequestReviewComment(first)).data,
        set: () => reactions.createForPullRequestReviewComment(where),
      };
}

const Reactions = z.array(z.object({ user: z.object({ login: z.string() }).nullish() }));

async function isThere({ bot }: Deps, listed: unknown): Promise<boolean> {
  const ours = await bot();
  return Reactions.parse(listed).some(({ user }) => user?.login === ours);
}
