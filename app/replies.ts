import { maxRepositories } from '../core/command/options.ts';
import type { NeedsArgument, UsageProblem } from '../core/command/usage-problem.ts';
import type { Job } from '../core/job.ts';
import {
  causeWords,
  pullRequestLink,
  repositoryName,
  stateWords,
  target,
} from '../core/render/job-words.ts';
import { blocks, codeSpan, inline, link, table } from '../core/render/markdown.ts';
import { money } from '../core/render/money.ts';
import { nextCommands } from '../core/render/next-commands.ts';
import type { RequestSource } from '../core/request.ts';
import type { Elsewhere, FoundRequest } from './accept/find-request.ts';
import type { ApprovalRefusal } from './accept/take-up/decide-approval.ts';
import type { TakeUp } from '../core/meant-jobs.ts';

/* Every sentence that the App says in a comment of its own, beside the status and closing comments. */

const helpHint = `${codeSpan('/cody help')} lists the commands.`;
/** Said wherever a command has no effect. */
export const nothingRan = 'Nothing was started and nothing was spent.';

/** The answer to `/cody help`. */
export function helpReply(): string {
  return blocks([
    'Cody runs an agent in one to five repositories and opens a pull request in each. It answers new comments on issues and on pull requests.',
    table(
      ['Write', 'What happens'],
      [
        ['`/cody <prompt>`', 'runs the prompt in this repository'],
        [
          '`/cody <prompt>` on a pull request',
          'goes on with it: in its branch when Cody opened it, else as a pull request against its branch. On the head of a fork it makes a patch, and with `--draft` or `--ready` a pull request against the base branch',
        ],
        [
          '`/cody <prompt>` on a line of a pull request',
          'the same, with the line as context, and answers in its thread. The prompts in the remarks of one review become one request; a prompt in the text of the review is about all its remarks',
        ],
        ['`/cody --repo owner/name <prompt>`', 'runs it there; repeat `--repo` for up to five'],
        [
          '`/cody --plan <prompt>`',
          'only looks, and posts a plan with what it may cost; `/cody approve <id>` carries out exactly that plan',
        ],
        ['`/cody status [id]`', 'shows the latest request here, or the one with this id'],
        [
          '`/cody continue`',
          'goes on with what a limit or a cancel stopped in the latest request here, from where it was',
        ],
        [
          '`/cody retry [owner/name]`',
          'runs again what failed or was cancelled in the latest request here, from the present code',
        ],
        ['`/cody rebase`', 'on a pull request of Cody: makes its change again on the present base'],
        ['`/cody cancel [id]`', 'stops what is not done; `owner/name` stops one repository'],
        [
          '`/cody prompts`, `/cody run <name>`',
          'lists the saved prompts of this repository, or runs one',
        ],
        ['`/cody usage`', 'shows what is spent and what is left'],
        ['`/cody help`', 'shows this'],
      ],
    ),
    'Options stand before the prompt: `--repo owner/name[@branch]` or `--set <name>`, `--base <branch>`, `--path <folder>`, `--model <model>`, `--effort low|medium|high|xhigh|max`, `--budget <USD for the request>`, `--plan`, `--draft`, `--ready`, `--no-pr`, `--allow-public`. Write `--` before a prompt that starts like an option or a command.',
  ]);
}

/** The answer to a command that cannot be read. */
export function usageReply(problem: UsageProblem): string {
  return blocks([usageSentence(problem), `${nothingRan} ${helpHint}`]);
}

function usageSentence(problem: UsageProblem): string {
  switch (problem.type) {
    case 'unknown_option':
      return `${codeSpan(problem.option)} is not an option. The nearest one is ${codeSpan(problem.nearest)}. If the prompt itself starts like this, write ${codeSpan('/cody -- <prompt>')}.`;
    case 'missing_value':
      return `${codeSpan(problem.option)} needs a value: ${codeSpan(`${problem.option} ${valueOf(problem.option)}`)}.`;
    case 'bad_value':
      return `${codeSpan(problem.value)} is not a value of ${codeSpan(problem.option)}. Write ${codeSpan(`${problem.option} ${valueOf(problem.option)}`)}.`;
    case 'needless_value':
      return `${codeSpan(problem.option)} takes no value.`;
    case 'repeated_option':
      return `${codeSpan(problem.option)} stands there twice. Write it once.`;
    case 'conflicting_options':
      return `${codeSpan(problem.options[0])} and ${codeSpan(problem.options[1])} contradict each other. Write one of them.`;
    case 'too_many_repositories':
      return `${problem.count} repositories are named, and a request takes at most ${maxRepositories}. Split it into several comments.`;
    case 'missing_argument':
      return missingArgument[problem.command];
    case 'prompt_too_long':
      return 'The prompts of this review are too long together. Split them into several reviews.';
    case 'empty_prompt':
      return `There is no prompt. Write what is to be done after ${codeSpan('/cody')}.`;
  }
}

const missingArgument: Readonly<Record<NeedsArgument, string>> = {
  approve:
    'Write which plan: `/cody approve <id>`. The comment with the plan shows the command with its id. If you meant it as a prompt, write `/cody -- <prompt>`.',
  run: 'Write which saved prompt: `/cody run <name>`. `/cody prompts` lists them. If you meant it as a prompt, write `/cody -- run`.',
};

function valueOf(option: string): string {
  const values: Readonly<Record<string, string>> = {
    '--repo': 'owner/name[@branch]',
    '--set': '<name>',
    '--base': '<branch>',
    '--path': '<folder of the repository>',
    '--model': '<model>',
    '--effort': 'low|medium|high|xhigh|max',
    '--budget': '<USD, for example 1.50>',
  };
  return values[option] ?? '<value>';
}

/** The answer to a comment with more than one command. */
export function twoCommandsReply(): string {
  return `One command per comment, please: this one has more than one line that starts with ${codeSpan('/cody')}. ${nothingRan}`;
}

/** The answer to a review with several commands that are not all prompts. */
export function mixedCommandsReply(): string {
  return `This review holds several commands. Its prompts are taken together, and any other command stands alone: write it in a comment of its own. ${nothingRan}`;
}

/** An answer that is about one of several commands of a review, with its place. */
export function placedReply(place: string | undefined, text: string): string {
  return place === undefined ? text : blocks([`About the command at ${codeSpan(place)}:`, text]);
}

/** A failure that the requester can act on, as core words it. */
export function failureReply(failure: Readonly<{ message: string; next?: string | undefined }>) {
  return blocks([`Not started: ${failure.message}`, failure.next, nothingRan]);
}

/** The answer when there is no such request here. */
export function noRequestReply(
  { pull_request }: Pick<RequestSource, 'pull_request'>,
  id: string | undefined,
): string {
  const place = pull_request === undefined ? 'issue' : 'pull request';
  if (id === undefined) return `There is no request on this ${place} yet. ${helpHint}`;
  return `This repository has no request ${codeSpan(id)}. ${codeSpan('/cody status')} shows the latest one of this ${place}.`;
}

/** What is said of a request of another repository: that this is its part here, and where the rest of it is. */
function elsewhereWords({ url }: Elsewhere): string {
  const where = url === undefined ? 'in another repository' : link('in another repository', url);
  return `This request was made ${where}. What is shown and done here is its part in this repository.`;
}

/** The answer to a command that goes on with another repository's request and has to be given there. */
export function elsewhereReply(
  command: TakeUp['type'],
  id: string,
  { url, answers, private: hidden }: Elsewhere,
): string {
  const there = url === undefined ? 'where it was asked' : link('where it was asked', url);
  const why = hidden
    ? `The prompt of request ${codeSpan(id)} was written in a private repository and is not repeated in public.`
    : `A plan is approved as a whole, and request ${codeSpan(id)} was made in another repository.`;
  const goThere = answers ? `Comment ${codeSpan(`/cody ${command} ${id}`)} ${there}. ` : '';
  return `${why} ${goThere}${codeSpan('/cody <what to do>')} in a pull request goes on with that pull request. ${nothingRan}`;
}

/** The answer to a command that goes on with a request which still goes on by itself. */
export function stillRunningReply(id: string): string {
  return `Request ${codeSpan(id)} is not done yet. ${codeSpan(`/cody status ${id}`)} shows where it is. ${nothingRan}`;
}

/** The answer when no job of the request is what the command goes on with. */
export function nothingToTakeUpReply(command: TakeUp['type'], id: string): string {
  return `Nothing is left to ${command} in request ${codeSpan(id)}: ${nothingToTakeUp[command]}. ${codeSpan('/cody <prompt>')} starts a new request. ${nothingRan}`;
}

const nothingToTakeUp: Readonly<Record<TakeUp['type'], string>> = {
  continue:
    'none of its jobs was stopped by a limit or a cancel with work to go on from. `/cody retry` starts over what failed or was cancelled',
  retry: 'none of its jobs failed or was cancelled',
  rebase: 'none of its jobs has a pull request',
  approve: 'none of its jobs ended with a plan',
};

/** The answer when a plan can't be carried out as it was shown. */
export function approvalReply(id: string, reason: ApprovalRefusal): string {
  return `The plan of request ${codeSpan(id)} ${approvalRefusals[reason]} ${nothingRan}`;
}

const planAgain = `Comment ${codeSpan('/cody --plan <prompt>')} to plan again.`;

const approvalRefusals: Readonly<Record<ApprovalRefusal, string>> = {
  not_shown: 'is not posted yet. Read it first; it appears here in a moment.',
  expired: `is older than 7 days and has expired: the code may have moved on. ${planAgain}`,
  changed: `is not stored any more as it was posted, so it is not carried out. ${planAgain}`,
};

/** The answer when another command has gone on with the request before. `by` is that request, when it is known. */
export function takenUpReply(id: string, by: string | undefined): string {
  const taker = by === undefined ? 'another command' : `request ${codeSpan(by)}`;
  const next = by === undefined ? '' : ` ${codeSpan(`/cody status ${by}`)} shows how that went.`;
  return `Request ${codeSpan(id)} was taken up by ${taker} already.${next} ${nothingRan}`;
}

/** The answer to `/cody status`. Jobs that others went on with (`taken`, by id) are not offered again. */
export function statusReply(
  { request, jobs, elsewhere }: FoundRequest,
  { now, taken }: Readonly<{ now: number; taken: ReadonlySet<string> }>,
): string {
  const { id, plan } = request;
  const next = nextCommands({
    request,
    jobs: jobs.filter((job) => !taken.has(job.id)),
    ...(elsewhere ? { takeUps: elsewhere.private ? [] : ['continue', 'retry'] } : {}),
  });
  const notes = jobs.flatMap((job) => {
    const cause = causeWords(job);
    return cause === undefined ? [] : [`- ${codeSpan(repositoryName(job))}: ${cause}`];
  });
  return blocks([
    `Request ${codeSpan(id)}:`,
    table(
      ['Repository', 'State', 'Pull request', 'Cost'],
      jobs.map((job) => [
        codeSpan(target(job)),
        stateWords(job, now, plan),
        pullRequestLink(job) ?? '–',
        money(job.cost_micro_usd),
      ]),
    ),
    notes.join('\n'),
    elsewhere && elsewhereWords(elsewhere),
    next.length === 0 ? undefined : `Next commands:\n\n${next.join('\n')}`,
  ]);
}

/** What a cancel did to one job. */
export type Cancelled = Readonly<{ job: Job; effect: 'cancelled' | 'stopping' | 'ended' }>;

/** The answer to `/cody cancel`. */
export function cancelReply(
  { request: { id, plan }, elsewhere }: Pick<FoundRequest, 'request' | 'elsewhere'>,
  results: readonly Cancelled[],
): string {
  const lines = results.map(
    ({ job, effect }) =>
      `- ${codeSpan(repositoryName(job))}: ${effect === 'stopping' && plan ? stoppingPlan : effects[effect]}`,
  );
  return blocks([
    `Request ${codeSpan(id)}:`,
    lines.join('\n'),
    elsewhere && elsewhereWords(elsewhere),
  ]);
}

const effects: Readonly<Record<Cancelled['effect'], string>> = {
  cancelled: 'cancelled',
  stopping: 'is being stopped; what it has changed so far is kept as a patch',
  ended: 'had ended already',
};

const stoppingPlan = 'is being stopped; a plan changes nothing';

/** The answer to a cancel by someone who may not do it. */
export function mayNotCancelReply(id: string): string {
  return `Request ${codeSpan(id)} can be cancelled by whoever asked for it and by those with write permission in this repository.`;
}

/** The answer to a cancel that names a repository which the request does not work on. */
export function noSuchJobReply(id: string, named: string): string {
  return `Request ${codeSpan(id)} does not work on ${codeSpan(named)}. ${codeSpan(`/cody status ${id}`)} shows where it does.`;
}

/** The check run that stands for an answer where the App may not comment; `lacks` when that is for want of a permission. */
export function unspokenCheck({
  login,
  why,
  lacks,
  text,
}: Readonly<{ login: string; why: string; lacks: boolean; text: string }>): Readonly<{
  title: string;
  summary: string;
}> {
  const next = lacks
    ? "An owner of the account grants it in the settings of the App's installation; until then"
    : 'As long as that is so,';
  return {
    title: 'Cody may not comment here',
    summary: blocks([
      `${inline(why)} ${next} only check runs can tell what becomes of a command.`,
      `The answer to the command of ${inline(login)}:`,
      text,
    ]),
  };
}

/** The answer to a comment that could not be handled after all tries. */
export function undeliverableReply(): string {
  return `This comment could not be handled after several tries. ${nothingRan} Write the command again in a new comment.`;
}
