import { UserError } from '../core/errors.ts';
import type { PermissionLevel } from '../core/github/permission.ts';
import { accessRefusal } from '../core/repo-config/may-use.ts';
import type { Actor, RepositoryRef } from '../core/request.ts';
import { type AskerDeps, askerOf, settingsOf } from './settings.ts';

type Asked = Readonly<{
  user: Actor;
  /** What GitHub says now that the person may do in the repository. */
  permission: PermissionLevel;
  /** Where the work is, under its present name. */
  repository: RepositoryRef;
  installation_id: number;
}>;

/**
 * Whether the files on the default branches let the person use the repository now. Throws UserError ('permission_lost')
 * when they do not, and what Octokit throws.
 */
export async function assertAllowed(deps: AskerDeps, asked: Asked): Promise<void> {
  const { user: requester, permission, repository, installation_id } = asked;
  const { owner, name } = repository;
  const files = await settingsOf(deps, { installation_id, repository });
  const asker = await askerOf(deps, files, { installation_id, owner, requester });
  if (!accessRefusal(files, { ...asker, permission })) return;
  throw new UserError(
    'permission_lost',
    `${requester.login} is not among those who may use ${owner}/${name} any more.`,
    { next: 'Ask a maintainer of that repository.' },
  );
}
