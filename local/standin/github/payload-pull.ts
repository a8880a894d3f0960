import { diffFiles, mergeBase, tryMerge } from './git-diff.ts';
import { readRef } from './git-refs.ts';
import type { Hub } from './hub.ts';
import type { PullIssue, Review, ReviewComment } from './issue.ts';
import { accountPayload, association, nodeId, time } from './payload-account.ts';
import { labelsOf, reactionRollup, threadPage } from './payload-issue.ts';
import { repositoryPayload, repositoryUrl } from './payload-repository.ts';
import { accountById, type Repository, type World } from './world.ts';

/** GitHub's `pull-request-simple`: what lists show. */
export function pullSimplePayload(world: World, repository: Repository, issue: PullIssue) {
  const { pull } = issue;
  const api = repositoryUrl(world, repository);
  const page = threadPage(world, repository, issue);
  const head = world.repositories.get(pull.headRepositoryId ?? repository.id) ?? repository;
  const assignees = [...issue.assignees].map((id) => accountPayload(world, accountById(world, id)));
  const side = (repo: Repository, ref: string, sha: string) => {
    const owner = accountById(world, repo.ownerId);
    return {
      label: `${owner.login}:${ref}`,
      ref,
      sha,
      user: accountPayload(world, owner),
      repo: repositoryPayload(world, repo),
    };
  };
  const links = linksOf(api, issue.number, pull.headSha);
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    url: links.self,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: links.issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    body: issue.body,
    user: accountPayload(world, accountById(world, issue.authorId)),
    // The description of lists of pull requests wants text here, that of issues takes null.
    labels: labelsOf(world, repository, issue).map((label) => ({
      ...label,
      description: label.description ?? '',
    })),
    milestone: null,
    active_lock_reason: null,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: [...pull.requestedReviewers].map((id) =>
      accountPayload(world, accountById(world, id)),
    ),
    requested_teams: [],
    head: side(head, pull.headRef, pull.headSha),
    base: side(repository, pull.baseRef, pull.baseSha),
    draft: pull.draft,
    author_association: association(world, repository, issue.authorId),
    auto_merge: null,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: time(issue.closedAt),
    merged_at: time(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    _links: {
      ...Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
      html: { href: page },
    },
  };
}

/** GitHub's `pull-request`: with counts and mergeability, computed by git. */
export async function pullPayload(hub: Hub, repository: Repository, issue: PullIssue) {
  const { world, git } = hub;
  const { pull } = issue;
  const range = { from: pull.baseSha, to: pull.headSha };
  const base = (await mergeBase(git, repository.dir, range)) ?? pull.baseSha;
  const [files, commits, merge] = await Promise.all([
    diffFiles(git, repository.dir, { from: base, to: pull.headSha }),
    git.text(repository.dir, ['rev-list', '--count', `${pull.baseSha}..${pull.headSha}`]),
    // Against where the base stands now, as GitHub's own test merge.
    tryMerge(git, repository.dir, { from: await tipOf(hub, repository, pull), to: pull.headSha }),
  ]);
  const merged = pull.mergedAt !== null;
  return {
    ...pullSimplePayload(world, repository, issue),
    merged,
    mergeable: issue.state === 'open' ? merge.clean : null,
    rebaseable: issue.state === 'open' ? merge.clean : null,
    mergeable_state: issue.state !== 'open' ? 'unknown' : stateOf(merge.clean, pull.draft),
    merged_by:
      pull.mergedById === null ? null : accountPayload(world, accountById(world, pull.mergedById)),
    comments: issue.comments.length,
    review_comments: pull.reviewComments.length,
    maintainer_can_modify: false,
    commits: Number(commits),
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

/** GitHub's `pull-request-review`. */
export function reviewPayload(
  world: World,
  repository: Repository,
  on: Readonly<{ issue: PullIssue; review: Review }>,
) {
  const { issue, review } = on;
  const html = `${threadPage(world, repository, issue)}#pullrequestreview-${review.id}`;
  const pull = `${repositoryUrl(world, repository)}/pulls/${issue.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: accountPayload(world, accountById(world, review.userId)),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: association(world, repository, review.userId),
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: time(review.submittedAt),
    commit_id: review.commitId,
  };
}

/** GitHub's `pull-request-review-comment`. */
export function reviewCommentPayload(
  world: World,
  repository: Repository,
  on: Readonly<{ issue: PullIssue; comment: ReviewComment }>,
) {
  const { issue, comment } = on;
  const url = `${repositoryUrl(world, repository)}/pulls/comments/${comment.id}`;
  const pull = `${repositoryUrl(world, repository)}/pulls/${issue.number}`;
  const html = `${threadPage(world, repository, issue)}#discussion_r${comment.id}`;
  const outdated = comment.commitId !== issue.pull.headSha;
  return {
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    url,
    pull_request_review_id: comment.reviewId,
    diff_hunk: comment.diffHunk,
    path: comment.path,
    commit_id: comment.commitId,
    original_commit_id: comment.commitId,
    user: accountPayload(world, accountById(world, comment.authorId)),
    body: comment.body,
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    html_url: html,
    pull_request_url: pull,
    author_association: association(world, repository, comment.authorId),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    reactions: reactionRollup(url, comment.reactions),
    // GitHub's description of answers knows no null here; its webhooks do.
    ...(!outdated && { position: 1, ...(comment.line !== null && { line: comment.line }) }),
    original_position: 1,
    ...(comment.line !== null && { original_line: comment.line }),
    start_line: outdated ? null : comment.startLine,
    original_start_line: comment.startLine,
    side: comment.side,
    start_side: comment.startLine === null ? null : comment.side,
    subject_type: comment.subjectType,
    ...(comment.inReplyTo !== null && { in_reply_to_id: comment.inReplyTo }),
  };
}

function linksOf(api: string, number: number, headSha: string) {
  return {
    self: `${api}/pulls/${number}`,
    issue: `${api}/issues/${number}`,
    comments: `${api}/issues/${number}/comments`,
    review_comments: `${api}/pulls/${number}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    commits: `${api}/pulls/${number}/commits`,
    statuses: `${api}/statuses/${headSha}`,
  };
}

async function tipOf(hub: Hub, repository: Repository, pull: PullIssue['pull']): Promise<string> {
  const tip = await readRef(hub.git, repository.dir, `refs/heads/${pull.baseRef}`);
  return tip?.sha ?? pull.baseSha;
}

function stateOf(clean: boolean, draft: boolean): string {
  if (!clean) return 'dirty';
  return draft ? 'draft' : 'clean';
}
