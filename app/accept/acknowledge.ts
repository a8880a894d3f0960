import type { RequestSource } from '../../core/request.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'log'>;

/** Of a review with many remarks only the first ones are marked: each mark is a write. */
const maxRemarks = 10;

/**
 * Sets 👀 on the comment, or on the remarks of a review; its own text and check runs take no reactions. Returns what
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
    for (const comment_id of remarksOf(source)) {
      await github.rest.reactions.createForPullRequestReviewComment({ ...place, comment_id });
    }
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    deps.log.warn({ err: failure }, 'The comment could not be acknowledged');
    return failure;
  }
}

function remarksOf(source: RequestSource): readonly number[] {
  if (source.type === 'review_comment') return [source.comment_id];
  return source.type === 'review' ? source.comment_ids.slice(0, maxRemarks) : [];
}
