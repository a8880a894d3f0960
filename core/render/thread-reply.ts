import type { Job } from '../job.ts';
import type { Request } from '../request.ts';
import {
  causeWords,
  outcomeWords,
  pullRequestLink,
  redWords,
  repositoryName,
} from './job-words.ts';
import { type Links, threadLink } from './links.ts';
import { blocks, codeSpan, inline, link } from './markdown.ts';
import { marker } from './marker.ts';
import { linkHosts } from './link-hosts.ts';
import { modelText } from './model-text.ts';
import { truncate } from './truncate.ts';

/** What a reply in a review thread shows: a request whose jobs have all ended. */
export type ThreadReplyInput = Readonly<{
  request: Pick<Request, 'id'>;
  jobs: readonly Job[];
  links: Links;
  modelNote?: string;
}>;

/** An answer is what was asked for; of other work the first paragraph is enough, the closing comment tells more. */
const maxAnswerBytes = 8_000;
const maxSummaryBytes = 800;

/** Returns what a review thread is told at the end of a request, as Markdown: how it ended and the summary. */
export function renderThreadReply({ request, jobs, links, modelNote }: ThreadReplyInput): string {
  return blocks([
    marker('thread', request.id),
    ...jobs.map((job) => jobReply(job, { links, alone: jobs.length === 1 })),
    modelNote === undefined ? undefined : `_${inline(modelNote)}_`,
  ]);
}

/** True when the reply holds all of the job's answer. */
export function isWholeInThread({ state, submission }: Job): boolean {
  if (state !== 'answered' || !submission) return false;
  return Buffer.byteLength(modelText(submission.summary.trim())) <= maxAnswerBytes;
}

type View = Readonly<{ links: Links; alone: boolean }>;

function jobReply(job: Job, { links, alone }: View): string {
  const summary = summaryOf(job, links);
  // An answer speaks for itself.
  if (alone && job.state === 'answered' && summary !== undefined) return summary;
  const where = alone ? '' : `${codeSpan(repositoryName(job))}: `;
  const told = [`${endWords(job, links)}.`, redWords(job), causeWords(job)];
  return blocks([`${where}${told.filter((words) => words !== undefined).join(' ')}`, summary]);
}

function endWords(job: Job, links: Links): string {
  const commit = commitLink(job, links);
  if (job.state === 'planned')
    return `The plan is ready; ${codeSpan(`/cody approve ${job.request_id}`)} carries it out`;
  if (job.state !== 'pull_request' || commit === undefined) return capital(outcomeWords(job));
  if (job.iteration?.own) return `Done in ${commit}`;
  return `Done in ${commit}, in ${outcomeWords(job)} ${pullRequestLink(job) ?? ''}`.trimEnd();
}

function commitLink({ repository, commit_sha }: Job, { serverUrl }: Links): string | undefined {
  if (commit_sha === undefined) return undefined;
  const url = `${serverUrl}/${repository.owner}/${repository.name}/commit/${commit_sha}`;
  return link(commit_sha.slice(0, 7), url);
}

function summaryOf(job: Job, links: Links): string | undefined {
  const answered = job.state === 'answered';
  const all = job.submission?.summary.trim() ?? '';
  const summary = answered ? all : (all.split(/\n\s*\n/)[0] ?? '');
  if (summary === '') return undefined;
  const thread = threadLink(job, links);
  const rest = thread === undefined ? '' : ` The rest is in the ${thread}.`;
  const tail = `_The summary is cut here.${rest}_`;
  const maxBytes = answered ? maxAnswerBytes : maxSummaryBytes;
  return truncate(modelText(summary, linkHosts(links)), { maxBytes, tail });
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
