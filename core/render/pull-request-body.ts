import type { Job } from '../job.ts';
import type { RepositoryRef, Request, RequestSource } from '../request.ts';
import { mention } from './closing-comment.ts';
import { flagsRegion } from './flags.ts';
import { causeWords } from './job-words.ts';
import { type Links, threadUrl } from './links.ts';
import { marker } from './marker.ts';
import { blocks, codeFence, codeSpan, inline, link } from './markdown.ts';
import { type LinkHosts, linkHosts } from './link-hosts.ts';
import { modelLine, modelText } from './model-text.ts';
import { money } from './money.ts';
import { maxCommentBytes } from './status-comment.ts';
import { usageLine } from './tokens.ts';
import { type Sibling, relatedRegion } from './related.ts';
import { missingTemplate } from './pull-request-template.ts';
import { truncate } from './truncate.ts';
import { verificationSection } from './verification.ts';

/** What the body of a pull request shows. */
export type PullRequestBodyInput = Readonly<{
  request: Request;
  job: Job;
  siblings: readonly Sibling[];
  /** The repository's own template, which the summary is to follow. */
  template?: string;
  /** What a reviewer has to look at first, a line of Markdown each, bounded by who writes them. */
  flags?: readonly string[];
  /** Sentences on what a reviewer should know about the change itself. */
  notes?: readonly string[];
  links: Links;
  modelNote?: string;
}>;

/**
 * Returns the body of a job's pull request as Markdown of at most 58,000 bytes. In a public repository it names no
 * private one: neither the place of the request nor a sibling.
 */
export function renderPullRequestBody(input: PullRequestBodyInput): string {
  const { job, modelNote } = input;
  const submission = job.submission;
  const hosts = linkHosts(input.links);
  const about = blocks([
    submission === undefined ? causeWords(job) : modelText(submission.summary, hosts),
    list('Changes', submission?.changes, hosts),
    section('Verification', verificationSection(job)),
    list('Not done', submission?.not_done, hosts),
    list('Risks', submission?.risks, hosts),
    list('Notes', input.notes, hosts),
    submission === undefined ? undefined : causeWords(job),
    templateSection(submission?.summary ?? '', input.template, hosts),
  ]);
  const foot = footer(input);
  // Above all that the model says, so that it can't talk them away. Without a flag it keeps the place for later ones.
  const top = flagsRegion(input.flags ?? []);
  return blocks([
    marker('job', job.id),
    modelNote === undefined ? undefined : `_${inline(modelNote)}_`,
    top,
    truncate(about, {
      maxBytes: maxCommentBytes - Buffer.byteLength(foot) - Buffer.byteLength(top) - 2_000,
      tail: '_This description is cut here. The rest is in the thread._',
    }),
    foot,
  ]);
}

function templateSection(
  summary: string,
  template: string | undefined,
  hosts: LinkHosts,
): string | undefined {
  const missing = missingTemplate(summary, template);
  return missing === undefined
    ? undefined
    : blocks([
        '_The template of this repository, which was not filled in:_',
        modelText(missing, hosts),
      ]);
}

function footer(input: PullRequestBodyInput): string {
  const { request, job, links } = input;
  const hidden = (repository: RepositoryRef) => repository.private && !job.repository.private;
  const mayName = !hidden(request.source.repository);
  return blocks([
    relatedRegion({
      siblings: input.siblings.filter(({ repository }) => !hidden(repository)),
      thread: threadUrl(job, input.links),
    }),
    section('Going on', iterate(job, mayName ? issueLink(request, links) : 'the issue')),
    '---',
    [
      askedBy(request, mayName),
      `${inline(job.model)}, effort ${job.effort}`,
      `${money(job.cost_micro_usd)}, tokens: ${usageLine(job.usage)}, ${job.turns} turns`,
    ].join(' · '),
  ]);
}

function askedBy({ source, requester }: Request, mayName: boolean): string {
  if (source.type === 'schedule')
    return mayName ? `Asked by schedule ${codeSpan(source.name)}` : 'Asked by a schedule';
  const where = mayName ? ` in ${link(sourceWords[source.type], source.url)}` : '';
  return `Asked by ${mention(requester)}${where}`;
}

const sourceWords: Readonly<Record<Exclude<RequestSource['type'], 'schedule'>, string>> = {
  issue_comment: 'this comment',
  review_comment: 'this review comment',
  review: 'this review',
  button: 'this check run',
  api: 'the pages of Cody',
};

function issueLink({ source }: Request, { serverUrl }: Links): string {
  const { repository, issue_number: number } = source;
  if (number === undefined) return 'an issue';
  const name = `${repository.owner}/${repository.name}`;
  const kind = source.pull_request === undefined ? 'issues' : 'pull';
  return link(`${name}#${number}`, `${serverUrl}/${name}/${kind}/${number}`);
}

function iterate(job: Job, issue: string): string {
  const ask =
    'To go on with this pull request, comment `/cody <what to do>` here: that adds a commit to its branch. ' +
    `The same comment on ${issue} opens a pull request of its own.`;
  if (job.branch === undefined) return ask;
  const commands = `git fetch origin ${job.branch}\ngit switch ${job.branch}`;
  return blocks([ask, 'To change this one by hand:', codeFence(commands, 'sh')]);
}

function section(heading: string, body: string): string | undefined {
  return body === '' ? undefined : `### ${heading}\n\n${body}`;
}

function list(
  heading: string,
  items: readonly string[] | undefined,
  hosts: LinkHosts,
): string | undefined {
  if (items === undefined || items.length === 0) return undefined;
  return section(heading, items.map((item) => `- ${modelLine(item, hosts)}`).join('\n'));
}
