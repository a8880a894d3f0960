import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'log'>;

/**
 * Sets 👀 on the comment, where the command came from one; reviews and check runs take no reactions. Returns what
 * GitHub answered when it could not be set. GitHub answers 200 when the reaction is there already.
 */
export async function acknowledge(deps: Deps, { source }: Order): Promise<Error | undefined> {
  const { repository } = source;
  const place = { owner: repository.owner, repo: repository.name, content: 'eyes' as const };
  try {
    const github = await deps.installations.client(source.installation_id);
    if (source.type === 'issue_comment') {
      const { comment_id } = source;
      await github.rest.reactions.createForIssueComment({ ...place, comment_id });
    }
    if (source.type === 'review_comment') {
      const { comment_id } = source;
      await github.rest.reactions.createForPullRequestReviewComment({ ...place, comment_id });
    }
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    deps.log.warn({ err: failure }, 'The comment could not be acknowledged');
    return failure;
  }
}
