import { blocks, codeSpan } from '../core/render/markdown.ts';
import { money } from '../core/render/money.ts';
import type { Problem } from './accept/problem.ts';
import type { TakeUp } from '../core/meant-jobs.ts';
import { nothingRan } from './replies.ts';
import { accessSentence, settingsSentence } from './settings-replies.ts';

/* Why a request is not started, one sentence for each problem. */

/** The answer to a prompt that is not accepted: each problem, and what to do about it. */
export function refusalReply(problems: readonly Problem[]): string {
  return blocks([
    'This request was not started:',
    list(problems),
    `${nothingRan} Once this is settled, ask again.`,
  ]);
}

/** One problem as a sentence or two. */
export function problemSentence(problem: Problem): string {
  switch (problem.type) {
    case 'no_write_in_source':
      return `You need write permission in ${codeSpan(problem.named)} to start a request here; you have ${codeSpan(problem.permission)}. Ask a maintainer of the repository.`;
    case 'may_not_comment':
      return `The App lacks the issues permission (write) in ${codeSpan(problem.named)}, so that nobody could be told what comes of a request here. Ask an owner of the account to grant it, or write the comment on a pull request.`;
    case 'issue_locked':
      return `This issue is locked and GitHub takes no comment of the App here, so that nobody could be told what comes of a request. Unlock it, or write the comment on another issue or on a pull request.`;
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
    case 'pull_request_gone':
      return `Pull request #${problem.number} is gone, or the App may not see it. Comment ${codeSpan('/cody <prompt>')} on an issue: that opens a new pull request.`;
    case 'pull_request_moved':
      return `Pull request #${problem.number} has new commits since then. ${codeSpan('/cody retry')} starts over at its present head.`;
    case 'plan_head_moved':
      return `Pull request #${problem.number} has new commits since the plan was made, and a plan holds for one commit only. Comment ${codeSpan('/cody --plan <prompt>')} there to plan again at its present head.`;
    case 'pull_request_of_people':
      return `Pull request #${problem.number} holds ${problem.commits} ${problem.commits === 1 ? 'commit' : 'commits'} of others, and a rebase would replace them. Merge the base into its branch by hand, or comment ${codeSpan('/cody <what to do>')} there.`;
    case 'pull_request_current':
      return `Pull request #${problem.number} contains all of ${codeSpan(problem.base)} already.`;
    case 'unknown_set':
      return `This organization has no set ${codeSpan(problem.set)}. ${named('It has', problem.sets)}Sets stand in the configuration of its ${codeSpan('.github')} repository.`;
    case 'set_not_usable':
      return `The set ${codeSpan(problem.set)} has a repository that can't be used from here: each of them must be public, the App must be installed on it and you need write permission there. Use the set in a private repository, or ask an owner of the organization.`;
    case 'set_not_accepted':
      return `${codeSpan(problem.named)} does not accept the set ${codeSpan(problem.set)}. Its own ${codeSpan('.github/cody.yml')} has to say so: ${codeSpan(`accept_sets: [${problem.set}]`)}.`;
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

/** What a command that goes on with a request leaves out, while the rest of it runs. */
export function leftOutReply(
  command: TakeUp['type'],
  id: string,
  problems: readonly Problem[],
): string {
  return blocks([
    `${codeSpan(`/cody ${command}`)} has started, and leaves this out:`,
    list(problems),
    `Once this is settled, ${codeSpan(`/cody ${command} ${id}`)} takes it up.`,
  ]);
}

function list(problems: readonly Problem[]): string {
  return [...new Set(problems.map((problem) => `- ${problemSentence(problem)}`))].join('\n');
}

function named(words: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${words} ${names.map(codeSpan).join(', ')}. `;
}
