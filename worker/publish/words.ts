import { noreplyAddress } from '../../core/github/noreply-address.ts';
import { visible } from '../../core/render/hidden.ts';
import { codeSpan } from '../../core/render/markdown.ts';
import type { GateRule } from '../../core/repo-config/gate-rule.ts';
import type { Actor } from '../../core/request.ts';
import { shownPath } from './shown-path.ts';

const maxTitle = 70;

/**
 * One line of at most 70 characters out of a model's title. It mentions nobody and closes no issue, also when a
 * squash merge makes it a commit message. Falls back to the given text when nothing is left.
 */
export function pullRequestTitle(title: string, fallback: string): string {
  const line = plainLine(title) || plainLine(fallback) || 'Change by Cody';
  if (line.length <= maxTitle) return line;
  const cut = line.slice(0, maxTitle - 1);
  const space = cut.lastIndexOf(' ');
  return `${space > maxTitle / 2 ? cut.slice(0, space) : cut.toWellFormed()}…`;
}

/** Said in the thread when GitHub takes no labels. */
export function labelsRefused(labels: readonly string[]): string {
  return `GitHub did not take the labels ${labels.map(quoted).join(', ')}. The pull request stands without them.`;
}

/** Said in the thread when people or teams can't be asked to review. */
export function reviewersRefused(who: readonly string[]): string {
  return `GitHub did not take ${who.map(quoted).join(', ')} as reviewers: they need access to this repository. The pull request stands without them.`;
}

const rules: Readonly<Record<GateRule, string>> = {
  workflow: 'a workflow that GitHub runs',
  action: 'an action that workflows run',
  code_owners: 'who has to review what',
  ci_config: 'what another service runs',
  cody_config: 'what Cody itself may do here',
  git_config: 'what git does with files, or runs, on a checkout',
  tool_config: 'what an editor or an agent runs by itself',
  agent_instructions: 'what agents are told to do here',
  lockfile: 'which code dependencies bring',
  install_script: 'what runs when somebody installs or builds this',
  package_source: 'where packages come from, or what a package manager runs',
  dependency_source: 'dependencies from elsewhere than a registry, or in place of others',
  submodule: 'which other repository is part of this one',
  executable: 'now executable',
  symlink: 'a symbolic link',
  symlink_outside: 'a symbolic link that leads out of the repository',
  binary_file: 'bytes that a diff does not show',
  large_file: 'more than 1 MiB',
  oversized_file: 'more than 5 MiB',
  file_name: 'a name that does not show what it is, or that tools take for another',
  unportable_name: 'a name that Windows can not hold or takes for another',
  name_collision: 'a name that differs from another only by case or Unicode form',
  hidden_characters: 'characters that a reviewer does not see',
};

type Finding = Readonly<{ rule: GateRule; paths: readonly string[] }>;

/** One line at the top of a pull request about what a reviewer has to look at: the rule, what it is about, the files. */
export function gateFlag({ rule, paths }: Finding): string {
  return `${codeSpan(rule)}: ${rules[rule]}: ${files(paths)}`;
}

/** Why the change is kept as a patch. */
export function gateRefusal(found: readonly Finding[]): string {
  const told = found.map(
    ({ rule, paths }) => `${codeSpan(rule)} (${rules[rule]}: ${files(paths)})`,
  );
  return `The change meets what may not be published here: ${told.join('; ')}.`;
}

const maxRules = 10;

/** What somebody who applies a patch has to look at first, behind the sentence that says why it is one. */
export function patchFlags(found: readonly Finding[]): string {
  const told = found.slice(0, maxRules).map((one) => gateFlag(one));
  const rest = found.length - maxRules;
  return `Look at this first: ${told.join('; ')}${rest > 0 ? `; and ${String(rest)} more rules` : ''}.`;
}

/** Said of a patch that is too large for the rules to be looked at. */
export const unflagged = 'It was not looked at for what a reviewer has to see first.';

/** A line beside the flags when files of the whole change could not be looked at again. */
export function unreadFlag(paths: readonly string[]): string {
  return `Not looked at again: ${files(paths)}`;
}

/** A line beside the flags when only the last commit could be looked at. */
export const lastCommitFlag =
  'The whole change could not be looked at again: this is what its commits met, one by one';

/** Said in the thread when GitHub does not take the body with the flags. */
export function flagsRefused(sentence: string): string {
  return `The top of the pull request does not show what a reviewer has to look at first. ${sentence}`;
}

const maxFiles = 5;

function files(paths: readonly string[]): string {
  const shown = paths.slice(0, maxFiles).map(shownPath);
  const rest = paths.length - maxFiles;
  return `${shown.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

/** In code, so that nobody is mentioned. */
function quoted(name: string): string {
  return `\`${name.replaceAll('`', "'")}\``;
}

/**
 * The commit message: title, body, request id and the requester, if there is one, as co-author.
 * Source: GitHub, "Creating a commit with multiple authors".
 */
export function commitMessage(
  facts: Readonly<{
    title: string;
    body: string;
    requestId: string;
    requester: Actor | undefined;
    /** Where people read GitHub; its host is part of the co-author's address. */
    serverUrl: string;
  }>,
): string {
  const { requester, serverUrl } = facts;
  const body = plainText(facts.body.slice(0, 4000).toWellFormed());
  const trailers = [
    `Cody-Request: ${facts.requestId}`,
    ...(requester
      ? [`Co-authored-by: ${requester.login} <${noreplyAddress(requester, serverUrl)}>`]
      : []),
  ].join('\n');
  return [facts.title, body, trailers].filter((part) => part !== '').join('\n\n');
}

/**
 * The text without the words in brackets that make GitHub start no workflow for a commit.
 * Source: GitHub, "Skipping workflow runs".
 */
function withChecks(text: string): string {
  return text.replaceAll(/\[(skip ci|ci skip|no ci|skip actions|actions skip)\]/gi, '($1)');
}

/** A name, a colon: the form of a trailer, which would say that somebody else wrote or signed this. */
const trailer = /^([ \t>*_-]*[A-Za-z][A-Za-z-]*(?:-by|-to|-request|-id))[ \t]*:/gim;

/**
 * The text as a commit message holds it, which is no Markdown: code protects nothing there. Names nobody, closes nothing,
 * has no trailer.
 */
function plainText(text: string): string {
  const plain = visible(text)
    .text.replaceAll(/@(?=[A-Za-z0-9])/g, '')
    .replaceAll(/#(?=\d)/g, 'issue ')
    .replaceAll(/\bGH-(?=\d)/gi, 'GH ')
    .replaceAll(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)(?=[a-z]+:\/\/)/gi, '$1 ')
    .replaceAll(/\b[a-z]+:\/\/(?=\S+\/(?:issues|pull)\/\d)/gi, '')
    .replaceAll(trailer, '$1');
  return withChecks(plain).trim();
}

function plainLine(text: string): string {
  const line = visible(text.replaceAll(/\s+/g, ' '))
    .text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/@(?=[A-Za-z0-9])/g, '')
    .replaceAll(/#(?=\d)/g, 'issue ')
    .replaceAll(/\bGH-(?=\d)/gi, 'GH ')
    .replaceAll(/https?:\/\//gi, '');
  return withChecks(line).trim();
}
