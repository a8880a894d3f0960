import type { RepositoryRef, RequestSource } from './request.ts';

/** The issue or pull request that carries what is said about a request. */
export type RequestPlace = Readonly<{ repository: RepositoryRef; issue_number: number }>;

/** Returns the place of a request's comments; undefined when it has none, as for a schedule. */
export function requestPlace({
  repository,
  issue_number,
}: RequestSource): RequestPlace | undefined {
  return issue_number === undefined ? undefined : { repository, issue_number };
}
