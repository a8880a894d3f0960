import type { Comment, Issue, Reaction } from './issue.ts';
import { accountPayload, appPayload, association, nodeId, time } from './payload-account.ts';
import { repositoryPage, repositoryUrl } from './payload-repository.ts';
import { accountById, appById, type Label, type Repository, type World } from './world.ts';

const CONTENTS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;

/** The counts of reactions on something, with its address. */
export function reactionRollup(url: string, reactions: readonly Reaction[]) {
  const counts = CONTENTS.map((content) => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

/** GitHub's `reaction`. */
export function reactionPayload(world: World, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: accountPayload(world, accountById(world, reaction.userId)),
    content: reaction.content,
    created_at: time(reaction.createdAt),
  };
}

/** GitHub's `label`. */
export function labelPayload(world: World, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

/** GitHub's `issue`; a pull request is one with its `pull_request` links. */
export function issuePayload(world: World, repository: Repository, issue: Issue) {
  const url = `${repositoryUrl(world, repository)}/issues/${issue.number}`;
  const assignees = [...issue.assignees].map((id) => accountPayload(world, accountById(world, id)));
  return {
    id: issue.id,
    node_id: nodeId('I', issue.id),
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: threadPage(world, repository, issue),
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: accountPayload(world, accountById(world, issue.authorId)),
    labels: labelsOf(world, repository, issue),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: time(issue.closedAt),
    closed_by:
      issue.closedById === null
        ? null
        : accountPayload(world, accountById(world, issue.closedById)),
    author_association: association(world, repository, issue.authorId),
    performed_via_github_app:
      issue.appId === null ? null : appPayload(world, appById(world, issue.appId)),
    reactions: reactionRollup(url, issue.reactions),
    ...pullLinks(world, repository, issue),
  };
}

/** The labels that an issue carries, as payloads. */
export function labelsOf(world: World, repository: Repository, issue: Issue) {
  return [...issue.labels]
    .map((name) => repository.labels.get(name.toLowerCase()))
    .filter((label) => label !== undefined)
    .map((label) => labelPayload(world, repository, label));
}

/** The page of an issue or a pull request. */
export function threadPage(world: World, repository: Repository, issue: Issue): string {
  const kind = issue.pull ? 'pull' : 'issues';
  return `${repositoryPage(world, repository)}/${kind}/${issue.number}`;
}

/** GitHub's `issue-comment`. */
export function commentPayload(
  world: World,
  repository: Repository,
  on: Readonly<{ issue: Issue; comment: Comment }>,
) {
  const { issue, comment } = on;
  const url = `${repositoryUrl(world, repository)}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: `${threadPage(world, repository, issue)}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world, repository)}/issues/${issue.number}`,
    body: comment.body,
    user: accountPayload(world, accountById(world, comment.authorId)),
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    author_association: association(world, repository, comment.authorId),
    performed_via_github_app:
      comment.appId === null ? null : appPayload(world, appById(world, comment.appId)),
    reactions: reactionRollup(url, comment.reactions),
  };
}

function pullLinks(world: World, repository: Repository, issue: Issue) {
  if (!issue.pull) return {};
  const page = threadPage(world, repository, issue);
  return {
    draft: issue.pull.draft,
    pull_request: {
      url: `${repositoryUrl(world, repository)}/pulls/${issue.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: time(issue.pull.mergedAt),
    },
  };
}
