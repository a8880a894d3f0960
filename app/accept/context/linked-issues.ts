import { UserError } from '../../../core/errors.ts';
import type { GatheredContext } from '../../../core/gathered-context.ts';
import { quoteOf, readConversation } from '../../../core/github/conversation.ts';
import type { Github } from '../../../core/github/octokit.ts';
import { cutText } from '../../../core/render/cut-text.ts';
import type { RepositoryRef } from '../../../core/request.ts';
import { selectComments } from '../../../core/select-comments.ts';
import { shownText } from '../../../core/shown-text.ts';
import { appFailure } from '../../installations.ts';
import { closedIssues } from './closed-issues.ts';

type Asked = Readonly<{
  repository: RepositoryRef;
  serverUrl: string;
  /** What the pull request says. */
  body: string;
  /** When the command was written, Unix ms. */
  at: number;
  writes: Parameters<typeof selectComments>[1]['writes'];
}>;

const maxBody = 20_000;
const caps = { comments: 10, length: 2_000, total: 12_000 };

/** Returns the issues that a pull request says it closes, as they stand now. Throws what Octokit throws when GitHub is out. */
export async function linkedIssues(
  github: Github,
  { repository, serverUrl, body, at, writes }: Asked,
): Promise<GatheredContext['linked']> {
  const linked: GatheredContext['linked'] = [];
  for (const number of closedIssues(shownText(body), { repository, serverUrl })) {
    const read = await readConversation(github, { repository, number }).catch((error: unknown) => {
      // A number that leads nowhere: a pull request may say anything.
      if (appFailure(error) instanceof UserError) return undefined;
      throw error;
    });
    if (!read || read.issue.pull_request) continue;
    const { issue, comments } = read;
    const command = { comment_id: undefined, at };
    const { kept, left_out } = await selectComments(comments, { command, writes, caps });
    linked.push({
      number,
      title: issue.title.slice(0, 500),
      body: cutText(issue.body ?? '', maxBody),
      author: issue.user?.login ?? 'ghost',
      url: issue.html_url,
      comments: kept.map(quoteOf),
      left_out,
    });
  }
  return linked;
}
