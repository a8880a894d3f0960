import { z } from 'zod';
import type { RepositoryRef } from '../../../core/request.ts';

/** Who did or wrote something. */
export const Account = z.object({ id: z.number().int(), login: z.string(), type: z.string() });

const EventRepository = z.object({
  id: z.number().int(),
  name: z.string(),
  private: z.boolean(),
  owner: z.object({ id: z.number().int(), login: z.string() }),
});

/** What we read of every webhook of a repository. */
export const eventPlace = {
  action: z.string(),
  installation: z.object({ id: z.number().int() }),
  repository: EventRepository,
  sender: Account,
} as const;

/** Returns an event's repository as we keep it. */
export function repositoryOf({
  id,
  name,
  owner,
  ...rest
}: z.infer<typeof EventRepository>): RepositoryRef {
  return { id, name, owner: owner.login, private: rest.private };
}
