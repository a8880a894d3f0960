import type { Quote } from '../../../core/gathered-context.ts';
import type { IssueComment } from '../../../core/github/conversation.ts';

/** Returns a comment as it is kept with a request. */
export function quoteOf({ user, body, html_url }: IssueComment): Quote {
  return { author: user?.login ?? 'ghost', text: body ?? '', url: html_url };
}
