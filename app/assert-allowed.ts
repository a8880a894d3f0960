import type { TokenWant } from '../core/broker-protocol.ts';
import { UserError } from '../core/errors.ts';
import type { PermissionLevel } from '../core/github/permission.ts';
import { type AccessRefusal, accessRefusal } from '../core/repo-config/may-use.ts';
import type { Actor, RepositoryRef } from '../core/request.ts';
import { type AskerDeps, askerOf, settingsOf } from './settings.ts';

type Asked = Readonly<{
  user: Actor;
  /** What GitHub says now that the person may do in the repository. */
  permission: PermissionLevel;
  /** Where the work is, under its present name. */
  repository: RepositoryRef;
  installation_id: number;
  /** What it is for. */
  want: TokenWant;
}>;

/**
 * Whether the files on the default branches let the person use the repository now. A file that nobody can read takes
 * nothing from work that was accepted before, so that its patch is kept; it only keeps the work from being published.
 * Throws UserError ('permission_lost') when they do not, and what Octokit throws.
 */
export async function assertAllowed(deps: AskerDeps, asked: Asked): Promise<void> {
  const { user: requester, permission, repository, installation_id, want } = asked;
  const { owner } = repository;
  const files = await settingsOf(deps, { installation_id, repository });
  const asker = await askerOf(deps, files, { installation_id, owner, requester });
  const refusal = accessRefusal(files, { ...asker, permission });
  if (!refusal || (refusal.type === 'access_unreadable' && want === 'read')) return;
  const { sentence, next } = lostAccess(refusal, asked);
  throw new UserError('permission_lost', sentence, { next });
}

const askMaintainer = 'Ask a maintainer of that repository.';

/** What a job's end says about it. */
function lostAccess(
  refusal: AccessRefusal,
  { user: { login }, repository: { owner, name } }: Pick<Asked, 'user' | 'repository'>,
): Readonly<{ sentence: string; next: string }> {
  const named = `${owner}/${name}`;
  switch (refusal.type) {
    case 'access_unreadable':
      return {
        sentence: `Nothing is published in ${named} while ${refusal.file} does not say readably who may use it.`,
        next: 'Correct the file on the default branch; then write the prompt again, or apply the patch by hand.',
      };
    case 'permission_too_low': {
      const least = refusal.least === undefined ? 'a higher permission' : `"${refusal.least}"`;
      return {
        sentence: `${login} may not use ${named} any more: ${refusal.file} asks for ${least} there.`,
        next: askMaintainer,
      };
    }
    case 'not_allowed':
      return {
        sentence: `${login} is not among those who may use ${named} any more, as ${refusal.file} says.`,
        next: askMaintainer,
      };
  }
}
