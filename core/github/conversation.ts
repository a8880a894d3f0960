import { z } from 'zod';
import type { Quote } from '../gathered-context.ts';
import type { RepositoryRef } from '../request.ts';
import type { Github } from './octokit.ts';

const Account = z.object({ id: z.number().int(), login: z.string(), type: z.string() });

/** A comment on an issue or in the conversation of a pull request. */
export const IssueComment = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  /** As GitHub renders it, when that was asked for: attachments have addresses that are good for some minutes. */
  body_html: z.string().nullish(),
  html_url: z.string(),
  user: Account.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type IssueComment = z.infer<typeof IssueComment>;

/** Returns a comment as a prompt is told of it. */
export function quoteOf({ user, body, html_url }: IssueComment): Quote {
  return { author: user?.login ?? 'ghost', text: body ?? '', url: html_url };
}

const Issue = z.object({
  number: z.number().int(),
  title: z.string(),
  body: z.string().nullish(),
  body_html: z.string().nullish(),
  html_url: z.string(),
  user: Account.nullish(),
  comments: z.number().int(),
  pull_request: z.object({}).nullish(),
});
export type Issue = z.infer<typeof Issue>;

type Asked = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  number: number;
  /** Whether rendered texts are wanted too. */
  html?: boolean;
}>;

const perPage = 100;

/** Comments are listed from the first one on, so that the newest stand on the last pages. */
const lastPages = 3;

/**
 * Returns an issue or a pull request with its newest comments, 200 to 300 where there are so many, the oldest first.
 * Throws what Octokit throws.
 */
export async function readConversation(
  github: Github,
  asked: Asked,
): Promise<Readonly<{ issue: Issue; comments: readonly IssueComment[] }>> {
  const issue = await readIssue(github, asked);
  const first = Math.max(1, Math.ceil(issue.comments / perPage) - lastPages + 1);
  const comments: IssueComment[] = [];
  // One more than the count says: somebody may write meanwhile.
  for (let page = first; page <= first + lastPages; page += 1) {
    const { data } = await github.rest.issues.listComments({
      ...placeOf(asked),
      per_page: perPage,
      page,
    });
    comments.push(...z.array(IssueComment).parse(data));
    if (data.length < perPage) break;
  }
  return { issue, comments };
}

async function readIssue(github: Github, asked: Asked): Promise<Issue> {
  const { data } = await github.rest.issues.get(placeOf(asked));
  return Issue.parse(data);
}

function placeOf({ repository: { owner, name }, number, html }: Asked) {
  const media = html ? { mediaType: { format: 'full' } } : {};
  return { owner, repo: name, issue_number: number, ...media };
}
