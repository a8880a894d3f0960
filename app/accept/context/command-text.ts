import { z } from 'zod';
import { answeredStatus } from '../../../core/github/known-message.ts';
import type { IssueComment } from '../../../core/github/conversation.ts';
import type { Github } from '../../../core/github/octokit.ts';
import type { Order } from '../order.ts';
import type { RenderedText } from './gather-attachments.ts';

const Rendered = z.object({
  body_html: z.string().nullish(),
  /** A review has none. */
  updated_at: z.string().optional(),
});

/**
 * Returns the command as GitHub renders it now, or undefined when it is gone or was never written in a comment.
 * `comments` are those of the conversation. Throws what Octokit throws.
 */
export async function commandText(
  github: Github,
  order: Order,
  comments: readonly IssueComment[],
): Promise<RenderedText | undefined> {
  const found = await rendered(github, order, comments);
  if (!found?.body_html) return undefined;
  const { body_html: html, updated_at } = found;
  const edited = updated_at !== undefined && Date.parse(updated_at) > order.written_at;
  return { from: { place: 'command', author: order.requester.login }, html, edited };
}

async function rendered(
  github: Github,
  { source }: Order,
  comments: readonly IssueComment[],
): Promise<z.infer<typeof Rendered> | undefined> {
  const { owner, name: repo } = source.repository;
  const asked = { owner, repo, mediaType: { format: 'full' } };
  try {
    switch (source.type) {
      case 'issue_comment':
        return comments.find(({ id }) => id === source.comment_id);
      case 'review_comment': {
        const { comment_id } = source;
        const { data } = await github.rest.pulls.getReviewComment({ ...asked, comment_id });
        return Rendered.parse(data);
      }
      case 'review': {
        const { pull_request: pull_number, review_id } = source;
        const { data } = await github.rest.pulls.getReview({ ...asked, pull_number, review_id });
        return Rendered.parse(data);
      }
      case 'button':
      case 'schedule':
      case 'api':
        return undefined;
    }
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}
