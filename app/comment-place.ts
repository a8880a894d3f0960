import type { Github } from '../core/github/octokit.ts';
import type { RepositoryRef } from '../core/request.ts';

/** Where comments of ours are written once: the conversation of an issue, or one thread of a review. */
export type CommentPlace = Readonly<{
  /** Pages of the comments that are there since a time (ISO), the oldest first, as GitHub lists them. */
  pages: (since: string) => AsyncIterable<{ data: readonly unknown[] }>;
  /** Writes a comment and returns it as GitHub does. */
  create: (body: string) => Promise<unknown>;
  remove: (commentId: number) => Promise<unknown>;
}>;

/** An issue or pull request of a repository. */
export type Thread = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  issue_number: number;
}>;

/** The conversation of an issue or pull request. Calls throw what Octokit throws. */
export function conversation(github: Github, { repository, issue_number }: Thread): CommentPlace {
  const { issues } = github.rest;
  const at = { owner: repository.owner, repo: repository.name };
  return {
    pages: (since) =>
      github.paginate.iterator(issues.listComments, { ...at, issue_number, since, per_page: 100 }),
    create: async (body) => (await issues.createComment({ ...at, issue_number, body })).data,
    remove: (comment_id) => issues.deleteComment({ ...at, comment_id }),
  };
}

/** A thread on a line of a pull request, by its first comment. Calls throw what Octokit throws. */
export function reviewThread(
  github: Github,
  { repository, issue_number, thread_id }: Thread & Readonly<{ thread_id: number }>,
): CommentPlace {
  const { pulls } = github.rest;
  const at = { owner: repository.owner, repo: repository.name };
  const pull = { ...at, pull_number: issue_number };
  return {
    pages: async function* (since) {
      const list = { ...pull, since, sort: 'created', direction: 'asc', per_page: 100 } as const;
      for await (const { data } of github.paginate.iterator(pulls.listReviewComments, list))
        yield { data: data.filter((comment) => comment.in_reply_to_id === thread_id) };
    },
    create: async (body) => {
      const reply = { ...pull, comment_id: thread_id, body };
      return (await pulls.createReplyForReviewComment(reply)).data;
    },
    remove: (comment_id) => pulls.deleteReviewComment({ ...at, comment_id }),
  };
}
