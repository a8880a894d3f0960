import { emitPull } from './events.ts';
import { GithubError, unprocessable } from './github-error.ts';
import type { Hub } from './hub.ts';
import type { PullIssue } from './issue.ts';
import { type Account, atLeast, type Repository, roleIn } from './world.ts';

/**
 * Makes a draft ready for review, for which GitHub has a button and a GraphQL mutation, but no REST route. Throws 403
 * for who is neither the author nor has write access, and 422 when there is no open draft.
 */
export async function markReady(
  hub: Hub,
  change: Readonly<{ repository: Repository; issue: PullIssue; sender: Account }>,
): Promise<void> {
  const { repository, issue, sender } = change;
  const allowed =
    sender.id === issue.authorId || atLeast(roleIn(hub.world, repository, sender), 'write');
  if (!allowed || repository.archived) throw new GithubError(403, 'Must have write access.');
  if (issue.state !== 'open' || !issue.pull.draft) {
    throw unprocessable('The pull request is not an open draft.');
  }
  issue.pull.draft = false;
  issue.updatedAt = hub.world.now();
  await emitPull(hub, { action: 'ready_for_review', repository, issue, sender });
}
