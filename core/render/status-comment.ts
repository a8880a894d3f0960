import type { Job } from '../job.ts';
import { isTerminal } from '../job-state.ts';
import { requestStatus, type RequestStatus } from '../request-status.ts';
import type { Request } from '../request.ts';
import { addUsage, noUsage } from '../usage.ts';
import {
  causeWords,
  pullRequestLink,
  redWords,
  repositoryName,
  stateWords,
  target,
} from './job-words.ts';
import { type Links, requestLink, threadLink } from './links.ts';
import { marker } from './marker.ts';
import { blocks, codeSpan, inline, table } from './markdown.ts';
import { modelLine } from './model-text.ts';
import { money } from './money.ts';
import { moment } from './duration.ts';
import { nextCommands } from './next-commands.ts';
import { usageLine } from './tokens.ts';
import { truncate } from './truncate.ts';

/** GitHub's limit is 65,536 characters; the rest is room for what others add. */
export const maxCommentBytes = 58_000;

/** What a status comment shows. `now` is Unix time in ms; `modelNote` says so when the model is a scripted one. */
export type StatusCommentInput = Readonly<{
  request: Request;
  jobs: readonly Job[];
  links: Links;
  now: number;
  modelNote?: string;
}>;

/** Returns the comment that follows a request, as Markdown of at most 58,000 bytes. */
export function renderStatusComment(input: StatusCommentInput): string {
  const { request, jobs, links, now, modelNote } = input;
  const body = blocks([
    marker('status', request.id),
    `**Cody: ${headline(input)}** · request ${requestLink(request, links)}`,
    `> ${inline(request.prompt_excerpt)}`,
    table(
      ['Repository', 'State', 'Pull request', 'Cost', 'Thread'],
      jobs.map((job) => [
        codeSpan(target(job)),
        stateWords(job, now, request.plan),
        pullRequestLink(job) ?? '–',
        money(job.cost_micro_usd),
        threadLink(job, links) ?? '–',
      ]),
    ),
    jobs
      .map(explanation)
      .filter((line) => line !== undefined)
      .join('\n'),
    jobs.flatMap(configProblems).join('\n'),
    totals(input),
    modelNote === undefined ? undefined : `_${inline(modelNote)}_`,
    commands(request, jobs),
  ]);
  return truncate(body, { maxBytes: maxCommentBytes, tail: '_The rest is cut here._' });
}

const statusWords: Readonly<Record<RequestStatus, string>> = {
  queued: 'waiting',
  running: 'running',
  succeeded: 'done',
  partial: 'partly done',
  failed: 'failed',
  cancelled: 'cancelled',
};

const planWords: Readonly<Partial<Record<RequestStatus, string>>> = {
  running: 'planning',
  succeeded: 'plan ready',
  partial: 'plan partly ready',
};

function headline({ request, jobs }: StatusCommentInput): string {
  const status = requestStatus(jobs);
  return (request.plan ? planWords[status] : undefined) ?? statusWords[status];
}

function explanation(job: Job): string | undefined {
  const told = [redWords(job), causeWords(job)].filter((words) => words !== undefined);
  return told.length === 0 ? undefined : `- ${codeSpan(repositoryName(job))}: ${told.join(' ')}`;
}

/** What is wrong with the files that the job's settings come from. */
function configProblems(job: Job): string[] {
  const problems = job.config_problems ?? [];
  return problems.map((text) => `- ${codeSpan(repositoryName(job))}: ${modelLine(text)}`);
}

function totals({ request, jobs }: StatusCommentInput): string {
  const ended = jobs.filter((job) => isTerminal(job.state)).length;
  const cost = jobs.reduce((sum, job) => sum + job.cost_micro_usd, 0);
  const usage = jobs.reduce((sum, job) => addUsage(sum, job.usage), noUsage);
  return [
    ...(jobs.length === 1 ? [] : [`${ended} of ${jobs.length} ended`]),
    `${money(cost)} of ${money(request.budget_micro_usd)}`,
    `tokens: ${usageLine(usage)}`,
    `${inline(request.model)}, effort ${request.effort}`,
    `asked ${moment(request.created_at)} by ${inline(request.requester.login)}`,
  ].join(' · ');
}

function commands(request: Request, jobs: readonly Job[]): string {
  const lines = [
    ...nextCommands({ request, jobs }),
    `- ${codeSpan(`/cody status ${request.id}`)} shows this again`,
    `- ${codeSpan('/cody help')} lists the commands`,
  ];
  return `Next commands:\n\n${lines.join('\n')}`;
}
