import { UserError } from '../../../core/errors.ts';
import { type GatheredContext, nothingLeftOut } from '../../../core/gathered-context.ts';
import { attachmentHosts } from '../../../core/github/attachment-hosts.ts';
import {
  type Issue,
  type IssueComment,
  quoteOf,
  readConversation,
} from '../../../core/github/conversation.ts';
import type { Github } from '../../../core/github/octokit.ts';
import { createWriteCheck } from '../../../core/github/write-check.ts';
import { cutText } from '../../../core/render/cut-text.ts';
import type { RequestContext } from '../../../core/request.ts';
import { selectComments } from '../../../core/select-comments.ts';
import { appFailure } from '../../installations.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import type { Order } from '../order.ts';
import { attachmentLinks } from './attachment-links.ts';
import { commandText } from './command-text.ts';
import { gatherAttachments, type RenderedText } from './gather-attachments.ts';
import { linkedIssues } from './linked-issues.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'bucket' | 'serverUrl' | 'now' | 'log'>;

const nothing: GatheredContext = {
  comments: [],
  left_out: nothingLeftOut,
  edited_since: false,
  unread: false,
  linked: [],
  attachments: [],
  missing: [],
};

/**
 * Returns the order with what people expect that a prompt is told: the comments before it by people with write access,
 * attachments, and the issues that a pull request closes. Read where the command was written, now: tokens of workers do
 * not reach there, and addresses of attachments are good for some minutes only. What GitHub does not show is said to
 * be missing. Throws TransientError when GitHub or the bucket is out.
 */
export async function gatherContext(deps: Deps, order: Order): Promise<Order> {
  const { installation_id, issue_number: number } = order.source;
  if (number === undefined) return order;
  try {
    const github = await deps.installations.client(installation_id);
    return { ...order, context: await gather(deps, { github, order, number }) };
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'The conversation around a command is not shown');
    return { ...order, context: { ...order.context, gathered: { ...nothing, unread: true } } };
  }
}

type Place = Readonly<{ github: Github; order: Order; number: number }>;

async function gather(deps: Deps, { github, order, number }: Place): Promise<RequestContext> {
  const { source, context } = order;
  const { repository } = source;
  const { serverUrl } = deps;
  const { issue, comments } = await readConversation(github, { repository, number, html: true });
  // A press means what stands there now; a command what stood there when it was written.
  const pressed = source.type === 'button';
  const at = pressed ? deps.now() : order.written_at;
  const before = pressed ? undefined : context.issue;
  const told = before ?? issueOf(issue);
  const edited_since = told.title !== titleOf(issue) || told.body !== bodyOf(issue);
  const writes = createWriteCheck(github, repository);
  const command = {
    comment_id: source.type === 'issue_comment' ? source.comment_id : undefined,
    at,
  };
  const hosts = attachmentHosts(serverUrl);
  const isPull = source.pull_request !== undefined;
  // The worker reads the conversation of a pull request itself, at the commit that it works on.
  const read = isPull ? comments.filter((one) => holdsAttachment(one, hosts)) : comments;
  const { kept, left_out } = await selectComments(read, { command, writes });
  const texts = [
    await commandText(github, order, comments),
    {
      from: { place: 'text' as const, author: told.author },
      html: issue.body_html ?? '',
      edited: edited_since,
    },
    ...kept.toReversed().map(renderedOf),
  ].filter((text) => text !== undefined);
  const linked = isPull
    ? await linkedIssues(github, { repository, serverUrl, body: told.body, at, writes })
    : [];
  return {
    ...context,
    issue: told,
    gathered: {
      ...(isPull ? nothing : { comments: kept.map(quoteOf), left_out }),
      edited_since,
      unread: false,
      linked,
      ...(await gatherAttachments({ bucket: deps.bucket, hosts }, texts)),
    },
  };
}

function holdsAttachment(
  { body_html }: IssueComment,
  hosts: ReturnType<typeof attachmentHosts>,
): boolean {
  return attachmentLinks(body_html ?? '', hosts).some(({ known }) => known);
}

function renderedOf({ user, body_html }: IssueComment): RenderedText {
  return {
    from: { place: 'comment', author: user?.login ?? 'ghost' },
    html: body_html ?? '',
    edited: false,
  };
}

function issueOf(issue: Issue): NonNullable<RequestContext['issue']> {
  return {
    number: issue.number,
    title: titleOf(issue),
    body: bodyOf(issue),
    url: issue.html_url,
    author: issue.user?.login ?? 'ghost',
  };
}

/** Cut as the events are. */
function titleOf({ title }: Issue): string {
  return title.slice(0, 500);
}

function bodyOf({ body }: Issue): string {
  return cutText(body ?? '', 60_000);
}
