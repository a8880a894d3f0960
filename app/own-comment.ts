import { z } from 'zod';
import type { Github } from '../core/github/octokit.ts';
import type { RepositoryRef } from '../core/request.ts';

/** An issue or pull request of a repository. */
export type Thread = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  issue_number: number;
}>;

/** A comment of ours: its hidden marker, and the time (Unix ms) before which it cannot have been written. */
export type OwnComment = Readonly<{ marker: string; since: number; appId: number }>;

const Comment = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  user: z.object({ type: z.string() }).nullish(),
  performed_via_github_app: z.object({ id: z.number().int() }).nullish(),
});
type Comment = z.infer<typeof Comment>;

/**
 * Returns the id of the App's own comment that starts with this marker, or undefined. A person's comment that quotes
 * the marker does not count, and neither does one of ours in which a model quotes it. Throws what Octokit throws.
 */
export async function findOwnComment(
  github: Github,
  thread: Thread,
  { marker, since, appId }: OwnComment,
): Promise<number | undefined> {
  const pages = github.paginate.iterator(github.rest.issues.listComments, {
    owner: thread.repository.owner,
    repo: thread.repository.name,
    issue_number: thread.issue_number,
    // GitHub's clock may be a little behind ours.
    since: new Date(since - 60_000).toISOString(),
    per_page: 100,
  });
  for await (const page of pages) {
    const found = z
      .array(Comment)
      .parse(page.data)
      .find((comment) => isOurs(comment, appId) && (comment.body ?? '').startsWith(marker));
    if (found) return found.id;
  }
  return undefined;
}

function isOurs(comment: Comment, appId: number): boolean {
  if (comment.user?.type !== 'Bot') return false;
  return (comment.performed_via_github_app?.id ?? appId) === appId;
}

/**
 * Writes a comment unless one with its marker is there already; `created` tells which. Of two that were written at the
 * same moment the earlier stays. Throws what Octokit throws.
 */
export async function postOnce(
  github: Github,
  thread: Thread,
  comment: OwnComment & Readonly<{ body: string }>,
): Promise<{ id: number; created: boolean }> {
  const existing = await findOwnComment(github, thread, comment);
  if (existing !== undefined) return { id: existing, created: false };
  const place = { owner: thread.repository.owner, repo: thread.repository.name };
  const { data } = await github.rest.issues.createComment({
    ...place,
    issue_number: thread.issue_number,
    body: comment.body,
  });
  const { id } = Comment.parse(data);
  const first = (await findOwnComment(github, thread, comment)) ?? id;
  if (first >= id) return { id, created: true };
  await github.rest.issues.deleteComment({ ...place, comment_id: id });
  return { id: first, created: false };
}
