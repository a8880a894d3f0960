import type { Hub } from './hub.ts';
import { type Repository, repositoryByName } from './world.ts';

/** A pull request, and the repository that its head is to come from. */
export type HeadInFork = Readonly<{
  owner: string;
  name: string;
  number: number;
  fork: Readonly<{ owner: string; name: string }>;
}>;

/** Makes a pull request look as if it came from a fork: its commits stay where they are. Throws for unknown names. */
export function headInFork(hub: Hub, { owner, name, number, fork }: HeadInFork): void {
  const pull = requireRepository(hub, { owner, name }).issues.get(number)?.pull;
  if (!pull) throw new Error(`no pull request ${number} in ${owner}/${name}`);
  pull.headRepositoryId = requireRepository(hub, fork).id;
}

function requireRepository(hub: Hub, { owner, name }: HeadInFork['fork']): Repository {
  const repository = repositoryByName(hub.world, owner, name);
  if (!repository) throw new Error(`no repository ${owner}/${name}: seed it first`);
  return repository;
}
