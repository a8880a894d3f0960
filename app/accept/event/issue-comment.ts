import { z } from 'zod';
import { parseCommand } from '../../../core/command.ts';
import { requestId, sha256 } from '../../../core/ids.ts';
import { cutText } from '../../../core/render/cut-text.ts';
import type { RequestContext } from '../../../core/request.ts';
import { ignore, type ReadEvent, type Screened } from '../order.ts';
import { eventPlace, repositoryOf } from './event-place.ts';
import { isPersonOrListed } from './is-person-or-listed.ts';

/** What we read of GitHub's `issue_comment` event. */
export const IssueCommentEvent = z.object({
  ...eventPlace,
  issue: z.object({
    number: z.number().int(),
    title: z.string(),
    body: z.string().nullish(),
    html_url: z.string(),
    user: z.object({ login: z.string() }).nullish(),
    pull_request: z.object({}).nullish(),
    locked: z.boolean().nullish(),
  }),
  comment: z.object({
    id: z.number().int(),
    html_url: z.string(),
    body: z.string(),
    created_at: z.string(),
    performed_via_github_app: z.object({ id: z.number().int() }).nullish(),
  }),
});
export type IssueCommentEvent = z.infer<typeof IssueCommentEvent>;

/** Reads GitHub's `issue_comment`: comments on issues and in the conversation of pull requests. */
export const readIssueComment: ReadEvent = async ({ policy }, payload) =>
  screen(IssueCommentEvent.parse(payload), policy.accounts, policy.bots);

/**
 * Tells whether an event is a command for us, and why not. `accounts` are those that this server serves, `bots` those
 * that may write commands.
 */
export function screen(
  event: IssueCommentEvent,
  accounts: readonly number[] | undefined,
  bots: readonly number[] = [],
): Screened {
  const { sender, comment, repository } = event;
  if (event.action !== 'created') return ignore(`comment ${event.action}`);
  const viaApp = comment.performed_via_github_app;
  if (!isPersonOrListed({ sender, viaApp }, bots)) return ignore('written by a bot');
  if (accounts && !accounts.includes(repository.owner.id)) return ignore('account not served');
  const parsed = parseCommand(comment.body);
  if (parsed.type === 'none') return ignore(`no command: ${parsed.reason}`);
  const key = `comment:${repository.id}:${comment.id}`;
  return {
    type: 'order',
    order: {
      key,
      request_id: requestId(key),
      payload_sha256: sha256(JSON.stringify([key, event.issue.number, sender.id, comment.body])),
      source: {
        type: 'issue_comment',
        installation_id: event.installation.id,
        repository: repositoryOf(repository),
        issue_number: event.issue.number,
        ...(event.issue.pull_request ? { pull_request: event.issue.number } : {}),
        comment_id: comment.id,
        url: comment.html_url,
      },
      requester: { id: sender.id, login: sender.login },
      written_at: Date.parse(comment.created_at),
      parsed,
      ...(event.issue.locked ? { locked: true } : {}),
      context: contextOf(event.issue),
    },
  };
}

/** The issue, cut to what a prompt can hold. */
function contextOf(issue: IssueCommentEvent['issue']): RequestContext {
  return {
    issue: {
      number: issue.number,
      title: issue.title.slice(0, 500),
      body: cutText(issue.body ?? '', 60_000),
      url: issue.html_url,
      author: issue.user?.login ?? 'ghost',
    },
  };
}
