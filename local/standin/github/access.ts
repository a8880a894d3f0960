import { GithubError, notAccessible, notFound } from './github-error.ts';
import type { Principal } from './principal.ts';
import {
  atLeast,
  covers,
  type Permissions,
  type Repository,
  type Role,
  roleIn,
  type World,
} from './world.ts';

/** One permission with its level, for example `issues=write`; the form of GitHub's own header. */
export type Grant = `${string}=${'read' | 'write'}`;

/** What a route asks for: one of these permissions from an App, this role from a person. */
export type Needs = Readonly<{ any: readonly Grant[]; role: Role }>;

/** Whether the permissions include the grant. */
export function includes(permissions: Permissions, grant: string): boolean {
  const [name = '', level] = grant.split('=');
  const held = permissions[name];
  return level === 'read' ? held !== undefined : held === 'write' || held === 'admin';
}

/** Whether the principal can see that the repository exists. */
export function canRead(world: World, principal: Principal, repository: Repository): boolean {
  switch (principal.type) {
    case 'user':
      return atLeast(roleIn(world, repository, principal.account), 'read');
    case 'installation':
      return !repository.private || reaches(principal, repository);
    case 'app':
    case 'anonymous':
      return !repository.private;
  }
}

/**
 * Throws GitHub's refusal unless the principal may do what the route does: 404 for a repository that it can't see,
 * 401, 403 or 404 where it lacks a permission, 403 for writing to an archived repository.
 */
export function authorize(
  world: World,
  principal: Principal,
  request: Readonly<{ repository: Repository; needs: Needs }>,
): void {
  const { repository, needs } = request;
  if (!canRead(world, principal, repository)) throw notFound();
  const writes = needs.any.every((grant) => grant.endsWith('=write'));
  switch (principal.type) {
    case 'app':
      throw notAccessible(needs.any.join('; '));
    case 'anonymous':
      if (writes) throw new GithubError(401, 'Requires authentication');
      break;
    case 'user':
      if (!atLeast(roleIn(world, repository, principal.account), needs.role)) {
        throw new GithubError(403, 'Must have admin rights to Repository.');
      }
      break;
    case 'installation':
      authorizeInstallation(principal, { repository, needs, writes });
      break;
  }
  if (writes && repository.archived) {
    throw new GithubError(403, 'Repository was archived so is read-only.');
  }
}

function authorizeInstallation(
  principal: Extract<Principal, { type: 'installation' }>,
  request: Readonly<{ repository: Repository; needs: Needs; writes: boolean }>,
): void {
  const { repository, needs, writes } = request;
  const inside = reaches(principal, repository);
  // What is public can be read by anyone, an installation elsewhere included.
  if (!inside && !writes) return;
  const granted = needs.any.some((grant) => holds(principal, grant));
  if (!inside || !granted) throw notAccessible(needs.any.join('; '));
}

/** Whether an installation token holds a permission: as minted, and as the installation still has it. */
export function holds(
  principal: Extract<Principal, { type: 'installation' }>,
  grant: Grant,
): boolean {
  return (
    includes(principal.grant.permissions, grant) &&
    includes(principal.installation.permissions, grant)
  );
}

/** Whether an installation token reaches the repository. */
export function reaches(
  principal: Extract<Principal, { type: 'installation' }>,
  repository: Repository,
): boolean {
  const { installation, grant } = principal;
  if (!covers(installation, repository)) return false;
  return grant.repositories === null || grant.repositories.has(repository.id);
}
