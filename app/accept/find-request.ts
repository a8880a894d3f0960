import type { Request } from '../../core/request.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import type { Addressed } from './issue-comment.ts';

/** The request with this id if it was made in the comment's repository, or without an id the latest one. */
export async function findRequest(
  deps: Readonly<{ requests: RequestStore }>,
  { source }: Addressed,
  id: string | undefined,
): Promise<Request | undefined> {
  if (id === undefined) return deps.requests.latestOf(source);
  const request = await deps.requests.get(id);
  return request?.source.repository.id === source.repository.id ? request : undefined;
}
