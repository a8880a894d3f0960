import type { Job } from '../job.ts';
import { plannedJobs, type PlanRecord } from '../plan-record.ts';
import { requestStatus } from '../request-status.ts';
import type { Actor, Request } from '../request.ts';
import { addUsage, noUsage } from '../usage.ts';
import {
  causeWords,
  outcomeWords,
  pullRequestLink,
  redWords,
  repositoryName,
} from './job-words.ts';
import { type Links, requestLink, threadLink } from './links.ts';
import { marker } from './marker.ts';
import { blocks, codeSpan, inline } from './markdown.ts';
import { linkHosts } from './link-hosts.ts';
import { modelText } from './model-text.ts';
import { money } from './money.ts';
import { approvalSection, planHeading, planSection } from './plan.ts';
import { maxCommentBytes } from './status-comment.ts';
import { isWholeInThread } from './thread-reply.ts';
import { usageLine } from './tokens.ts';
import { truncate } from './truncate.ts';

/** What the closing comment shows: a request whose jobs have all ended. */
export type ClosingCommentInput = Readonly<{
  request: Request;
  jobs: readonly Job[];
  links: Links;
  /** Ids of the jobs whose pull request cannot be merged as it is. */
  conflicts?: ReadonlySet<string>;
  /** What is stored of the plan, for its approval; undefined when there is none. */
  plan?: PlanRecord | undefined;
  /** True when the review threads that asked have their answers. */
  toldInThread?: boolean;
  modelNote?: string;
}>;

/** Returns the one comment that tells the requester that all is over, as Markdown of at most 58,000 bytes. */
export function renderClosingComment(input: ClosingCommentInput): string {
  const { request, jobs, links, plan, modelNote } = input;
  const cost = jobs.reduce((sum, job) => sum + job.cost_micro_usd, 0);
  const usage = jobs.reduce((sum, job) => addUsage(sum, job.usage), noUsage);
  const answers = jobs.filter(
    (job) =>
      job.state === 'answered' &&
      job.submission !== undefined &&
      !(input.toldInThread && isWholeInThread(job)),
  );
  const plans = plannedJobs(jobs);
  const body = blocks([
    marker('closing', request.id),
    `${mention(request.requester)} ${headline(jobs, answers.length > 0)}`,
    jobs.map((job) => line(job, input)).join('\n'),
    ...answers.map((job) => answer(job, { links, room: Math.floor(48_000 / answers.length) })),
    ...plans.map((job) => planOf(job, { links, room: Math.floor(45_000 / plans.length) })),
    plan && plans.length > 0 ? approvalSection(request, jobs, plan) : undefined,
    `Total cost ${money(cost)} · tokens: ${usageLine(usage)} · request ${requestLink(request, links)}`,
    modelNote === undefined ? undefined : `_${inline(modelNote)}_`,
  ]);
  return truncate(body, { maxBytes: maxCommentBytes, tail: '_The rest is cut here._' });
}

/** Returns a login so that GitHub notifies the person; one that an enterprise manages holds an underscore. */
export function mention(actor: Actor): string {
  return /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(actor.login)
    ? `@${actor.login}`
    : codeSpan(actor.login);
}

function headline(jobs: readonly Job[], below: boolean): string {
  const plans = plannedJobs(jobs).length;
  if (plans > 0)
    return plans === jobs.length
      ? 'The plan is below.'
      : `Plans ready: ${plans} of ${jobs.length}.`;
  const pulls = jobs.filter((job) => job.state === 'pull_request').length;
  if (jobs.every((job) => job.state === 'answered')) {
    const answers = jobs.length === 1 ? 'The answer is' : 'The answers are';
    return `${answers} ${below ? 'below' : 'in the review thread'}.`;
  }
  if (requestStatus(jobs) === 'cancelled') return 'The request was cancelled.';
  if (jobs.length === 1 && jobs[0]?.iteration?.own) {
    return pulls === 1 ? 'The pull request is updated.' : 'Nothing was pushed to the pull request.';
  }
  if (jobs.length === 1) {
    if (pulls === 0) return 'No pull request was opened.';
    return jobs[0]?.pull_request?.draft
      ? 'The pull request is open as a draft.'
      : 'The pull request is ready.';
  }
  return `Pull requests ready: ${pulls} of ${jobs.length}.`;
}

function line(job: Job, { request, links, conflicts }: ClosingCommentInput): string {
  const pull = pullRequestLink(job);
  const what = pull === undefined ? outcomeWords(job) : `${outcomeWords(job)} ${pull}`;
  const thread = threadLink(job, links);
  const cause = causeWords(job);
  const parts = [what, ...(thread === undefined ? [] : [thread]), money(job.cost_micro_usd)];
  const sentences = [
    redWords(job),
    cause,
    conflicts?.has(job.id) ? conflictWords(request) : undefined,
  ];
  const told = sentences.filter((sentence) => sentence !== undefined);
  const row = `- ${codeSpan(repositoryName(job))}: ${parts.join(' · ')}`;
  return told.length === 0 ? row : `${row}. ${told.join(' ')}`;
}

/** A command is read where it is written: for a pull request elsewhere the id tells which request is meant. */
function conflictWords({ id }: Request): string {
  return `It conflicts with its base by now: comment ${codeSpan(`/cody rebase ${id}`)} here, or resolve it by hand.`;
}

function planOf(job: Job, { links, room }: { links: Links; room: number }): string {
  return `**${planHeading(job)}**\n\n${planSection(job, { room, rest: threadLink(job, links), hosts: linkHosts(links) })}`;
}

function answer(job: Job, { links, room }: { links: Links; room: number }): string {
  const thread = threadLink(job, links);
  const text = truncate(modelText(job.submission?.summary ?? '', linkHosts(links)), {
    maxBytes: room,
    tail: `_The answer is cut here.${thread === undefined ? '' : ` The rest is in the ${thread}.`}_`,
  });
  return `**Answer for ${codeSpan(repositoryName(job))}**\n\n${text}`;
}
