import { noreplyAddress } from '../../core/github/noreply-address.ts';
import { modelText } from '../../core/render/model-text.ts';
import type { Actor } from '../../core/request.ts';

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
  // Cut before it is made safe: a cut through code would set free what stands in it.
  const body = withChecks(modelText(facts.body.slice(0, 4000).toWellFormed()));
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

function plainLine(text: string): string {
  const line = text
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/@(?=[A-Za-z0-9])/g, '')
    .replaceAll(/#(?=\d)/g, 'issue ')
    .replaceAll(/\bGH-(?=\d)/gi, 'GH ')
    .replaceAll(/https?:\/\//gi, '');
  return withChecks(line).trim();
}
