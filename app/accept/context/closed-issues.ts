import type { RepositoryRef } from '../../../core/request.ts';

type Place = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  /** Where the server's pages are. */
  serverUrl: string;
}>;

const maxIssues = 3;

// The keywords of docs.github.com/issues "Linking a pull request to an issue".
const keyword = String.raw`\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s{1,20}`;
const issue = String.raw`(?:([\w.-]{1,100})\/([\w.-]{1,100}))?#(\d{1,9})\b`;
const link = String.raw`(https?:\/\/[^\s<>()]{1,300})\/([\w.-]{1,100})\/([\w.-]{1,100})\/issues\/(\d{1,9})\b`;
const closing = new RegExp(`${keyword}(?:${issue}|${link})`, 'gi');

/**
 * Returns the numbers of the issues that a pull request's text says it closes, three at most. Issues of other
 * repositories are left out: who may read this one need not see them.
 */
export function closedIssues(text: string, { repository, serverUrl }: Place): readonly number[] {
  const here = `${repository.owner}/${repository.name}`.toLowerCase();
  const numbers = Array.from(text.matchAll(closing), (match) => {
    const [, owner, name, number, server, linkOwner, linkName, linkNumber] = match;
    if (linkNumber !== undefined) {
      const same = server === serverUrl && `${linkOwner}/${linkName}`.toLowerCase() === here;
      return same ? Number(linkNumber) : undefined;
    }
    const elsewhere = owner !== undefined && `${owner}/${name}`.toLowerCase() !== here;
    return elsewhere ? undefined : Number(number);
  });
  return [...new Set(numbers.filter((one) => one !== undefined))].slice(0, maxIssues);
}
