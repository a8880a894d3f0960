import { maxRepositories } from '../core/command/options.ts';
import type { UsageProblem } from '../core/command/usage-problem.ts';
import type { Job } from '../core/job.ts';
import {
  causeWords,
  pullRequestLink,
  repositoryName,
  stateWords,
  target,
} from '../core/render/job-words.ts';
import { blocks, codeSpan, table } from '../core/render/markdown.ts';
import { money } from '../core/render/money.ts';
import type { RequestSource } from '../core/request.ts';
import type { Problem } from './accept/problem.ts';
import { accessSentence, settingsSentence } from './settings-replies.ts';
import type { TakeUp } from './accept/take-up/meant-jobs.ts';

/* Every sentence that the App says in a comment of its own, beside the status and closing comments. */

const helpHint = `${codeSpan('/cody help')} lists the commands.`;
const nothingRan = 'Nothing was started and nothing was spent.';

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
          'the same, with the line as context, and answers in its thread. In a review, all prompts become one request; in its text, one takes all its remarks',
        ],
        ['`/cody --repo owner/name <prompt>`', 'runs it there; repeat `--repo` for up to five'],
        ['`/cody status [id]`', 'shows the latest request here, or the one with this id'],
        [
          '`/cody continue`',
          'goes on with what a limit or a cancel stopped in the latest request here, from where it was',
        ],
        [
          '`/cody retry [owner/name]`',
          'runs again what failed in the latest request here, from the present code',
        ],
        ['`/cody rebase`', 'makes the change of a pull request of Cody again on its present base'],
        ['`/cody cancel [id]`', 'stops what is not done; `owner/name` stops one repository'],
        ['`/cody help`', 'shows this'],
      ],
    ),
    'Options stand before the prompt: `--repo owner/name[@branch]`, `--base <branch>`, `--model <model>`, `--effort low|medium|high|xhigh|max`, `--budget <USD for the request>`, `--draft`, `--ready`, `--no-pr`. Write `--` before a prompt that starts like an option or a command.',
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
    case 'empty_prompt':
      return `There is no prompt. Write what is to be done after ${codeSpan('/cody')}.`;
  }
}

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

/** The answer to a command that this version does not know. */
export function notYetReply(command: string): string {
  return `${codeSpan(`/cody ${command}`)} is not available yet. If you meant it as a prompt, write ${codeSpan(`/cody -- ${command} …`)}. ${nothingRan}`;
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

/** The answer to a prompt that is not accepted: each problem, and what to do about it. */
export function refusalReply(problems: readonly Problem[]): string {
  return blocks([
    'This request was not started:',
    problems.map((problem) => `- ${problemSentence(problem)}`).join('\n'),
    `${nothingRan} Write the corrected command in a new comment.`,
  ]);
}

function problemSentence(problem: Problem): string {
  switch (problem.type) {
    case 'no_write_in_source':
      return `You need write permission in ${codeSpan(problem.named)} to start a request here; you have ${codeSpan(problem.permission)}. Ask a maintainer of the repository.`;
    case 'unknown_target':
      return `${codeSpan(problem.named)} does not exist, or it can't be used from here: the App must be installed on it and you need write permission there. Check the name, or ask an owner to install the App.`;
    case 'no_write_in_target':
      return `You need write permission in ${codeSpan(problem.named)}; you have ${codeSpan(problem.permission)}. Ask a maintainer of that repository, or leave it out.`;
    case 'duplicate_target':
      return `${codeSpan(problem.named)} is named more than once. A request works on a repository once.`;
    case 'archived':
      return `${codeSpan(problem.named)} is archived and takes no changes. Unarchive it, or leave it out.`;
    case 'empty':
      return `${codeSpan(problem.named)} has no commit yet. Push a first commit, or leave it out.`;
    case 'base_missing':
      return `${codeSpan(problem.named)} has no branch ${codeSpan(problem.branch)}. Name another one with ${codeSpan('--base <branch>')} or ${codeSpan('--repo owner/name@branch')}.`;
    case 'private_to_public':
      return `${codeSpan(problem.named)} is public and this repository is private. With ${codeSpan('--allow-public')} the prompt is used there; this issue, its text and its address stay private.`;
    case 'target_on_pull_request':
      return `${codeSpan(problem.option)} can't be used on a pull request: the work goes to this pull request's branch. Leave it out, or write the comment on an issue.`;
    case 'pull_request_closed':
      return `Pull request #${problem.number} is ${problem.merged ? 'merged' : 'closed'} and is left alone. ${problem.merged ? 'Write the comment on an issue' : 'Reopen it, or write the comment on an issue'}: that opens a new pull request.`;
    case 'pull_request_moved':
      return `Pull request #${problem.number} has new commits since then. ${codeSpan('/cody retry')} starts over at its present head.`;
    case 'pull_request_of_people':
      return `Pull request #${problem.number} holds ${problem.commits} ${problem.commits === 1 ? 'commit' : 'commits'} of others, and a rebase would replace them. Merge the base into its branch by hand, or comment ${codeSpan('/cody <what to do>')} there.`;
    case 'pull_request_current':
      return `Pull request #${problem.number} contains all of ${codeSpan(problem.base)} already.`;
    case 'unknown_model':
      return `${codeSpan(problem.model)} is not a model of this server. It offers ${problem.models.map(codeSpan).join(', ')}.`;
    case 'access':
      return accessSentence(problem.named, problem.refusal);
    case 'settings':
      return settingsSentence(problem.named, problem.refusal);
    case 'budget_too_high':
      return `A budget of ${money(problem.asked)} is above the limit of ${money(problem.cap)} for this request: the smallest that server, organization and repositories allow.`;
    case 'budget_too_small':
      return `A budget of ${money(problem.asked)} is too small for this request. Give at least ${money(problem.least)}.`;
  }
}

/** A failure that the requester can act on, as core words it. */
export function failureReply(failure: Readonly<{ message: string; next?: string | undefined }>) {
  return blocks([`This request was not started: ${failure.message}`, failure.next, nothingRan]);
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

/** The answer to a command that goes on with a request which still goes on by itself. */
export function stillRunningReply(id: string): string {
  return `Request ${codeSpan(id)} is not done yet. ${codeSpan(`/cody status ${id}`)} shows where it is. ${nothingRan}`;
}

/** The answer when no job of the request is what the command goes on with. */
export function nothingToTakeUpReply(command: TakeUp['type'], id: string): string {
  return `Nothing is left to ${command} in request ${codeSpan(id)}: ${nothingToTakeUp[command]}. ${codeSpan('/cody <prompt>')} starts a new request. ${nothingRan}`;
}

const nothingToTakeUp: Readonly<Record<TakeUp['type'], string>> = {
  continue: 'none of its jobs was stopped by a limit or a cancel with work to go on from',
  retry: 'none of its jobs failed',
  rebase: 'none of its jobs has a pull request',
};

/** The answer when another command has gone on with the request before. `by` is that request, when it is known. */
export function takenUpReply(id: string, by: string | undefined): string {
  const taker = by === undefined ? 'another command' : `request ${codeSpan(by)}`;
  const next = by === undefined ? '' : ` ${codeSpan(`/cody status ${by}`)} shows how that went.`;
  return `Request ${codeSpan(id)} was taken up by ${taker} already.${next} ${nothingRan}`;
}

/** What a command that goes on with a request leaves out, while the rest of it runs. */
export function leftOutReply(command: TakeUp['type'], problems: readonly Problem[]): string {
  return blocks([
    `${codeSpan(`/cody ${command}`)} leaves this out:`,
    problems.map((problem) => `- ${problemSentence(problem)}`).join('\n'),
  ]);
}

/** The answer to `/cody status`. */
export function statusReply(id: string, jobs: readonly Job[], now: number): string {
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
        stateWords(job, now),
        pullRequestLink(job) ?? '–',
        money(job.cost_micro_usd),
      ]),
    ),
    notes.join('\n'),
  ]);
}

/** What a cancel did to one job. */
export type Cancelled = Readonly<{ job: Job; effect: 'cancelled' | 'stopping' | 'ended' }>;

/** The answer to `/cody cancel`. */
export function cancelReply(id: string, results: readonly Cancelled[]): string {
  const lines = results.map(
    ({ job, effect }) => `- ${codeSpan(repositoryName(job))}: ${effects[effect]}`,
  );
  return blocks([`Request ${codeSpan(id)}:`, lines.join('\n')]);
}

const effects: Readonly<Record<Cancelled['effect'], string>> = {
  cancelled: 'cancelled',
  stopping: 'is being stopped; what it has changed so far is kept as a patch',
  ended: 'had ended already',
};

/** The answer to a cancel by someone who may not do it. */
export function mayNotCancelReply(id: string): string {
  return `Request ${codeSpan(id)} can be cancelled by whoever asked for it and by those with write permission in this repository.`;
}

/** The answer to a cancel that names a repository which the request does not work on. */
export function noSuchJobReply(id: string, named: string): string {
  return `Request ${codeSpan(id)} does not work on ${codeSpan(named)}. ${codeSpan('/cody status')} shows where it does.`;
}

/** The answer to a comment that could not be handled after all tries. */
export function undeliverableReply(): string {
  return `This comment could not be handled after several tries. ${nothingRan} Write the command again in a new comment.`;
}

/** Causes that the App itself gives to jobs. */
export const causes = {
  cancelled: (login: string, job: Readonly<{ attempt: number }>) => ({
    code: 'cancelled_by_user' as const,
    sentence: `${login} cancelled it${job.attempt === 0 ? ' before it started' : ''}.`,
  }),
  launchFailed: (reason: string) => ({
    code: 'launch_failed' as const,
    sentence: `No worker could be started: ${reason}.`,
    next: 'Ask the operator of this server; then write the prompt again in a new comment.',
  }),
  spendLimitLasts: {
    code: 'model_spend_limit' as const,
    sentence:
      'The spend limit of the model account was reached, and that did not change for hours.',
    next: 'Ask the operator to raise it, then comment `/cody retry`.',
  },
  waitedTooLong: (waitedFor: string) => ({
    code: 'waited_too_long' as const,
    sentence: `It waited too long for ${waitedFor}.`,
    next: 'Comment `/cody retry` to put it into the queue again.',
  }),
  workerLost: {
    code: 'worker_lost' as const,
    sentence: 'The worker was lost three times.',
    next: 'Write the prompt again in a new comment.',
  },
  undeliverable: {
    code: 'undeliverable' as const,
    sentence: 'The job could not be started after several tries.',
    next: 'Write the prompt again in a new comment.',
  },
};
