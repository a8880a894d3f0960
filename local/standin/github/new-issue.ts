import type { Hub } from './hub.ts';
import type { Issue } from './issue.ts';
import type { Repository } from './world.ts';

/** Adds an issue (or, with `pull`, a pull request) under the next number. */
export function newIssue(
  hub: Hub,
  repository: Repository,
  content: Pick<Issue, 'title' | 'body' | 'authorId' | 'appId' | 'pull'>,
): Issue {
  const now = hub.world.now();
  const issue: Issue = {
    ...content,
    id: hub.world.nextId(),
    number: Math.max(0, ...repository.issues.keys()) + 1,
    state: 'open',
    stateReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedById: null,
    labels: new Set(),
    assignees: new Set(),
    comments: [],
    reactions: [],
  };
  repository.issues.set(issue.number, issue);
  return issue;
}
