import type { Needs } from './access.ts';
import { GithubError, notFound } from './github-error.ts';
import { accountPayload } from './payload-account.ts';
import { repositoryPayload } from './payload-repository.ts';
import { param, type RepositoryCall, repositoryRoute, type Route } from './route.ts';
import { accountByLogin, atLeast, type Role, roleIn } from './world.ts';

const READ: Needs = { any: ['metadata=read'], role: 'read' };

/** The routes of a repository itself and of what people may do in it. */
export const repositoryRoutes: readonly Route[] = [
  repositoryRoute('GET /repos/{owner}/{repo}', READ, (call) => {
    const { hub, principal, repository } = call;
    const role =
      principal.type === 'user' ? roleIn(hub.world, repository, principal.account) : null;
    return {
      status: 200,
      body: {
        ...repositoryPayload(hub.world, repository),
        ...(role !== null && { permissions: flags(role) }),
      },
    };
  }),
  repositoryRoute(
    'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    READ,
    permissionOf,
  ),
  repositoryRoute('GET /repos/{owner}/{repo}/collaborators/{username}', READ, (call) => {
    const account = accountByLogin(call.hub.world, param(call, 'username'));
    const role = account ? roleIn(call.hub.world, call.repository, account) : 'none';
    const known = account && call.repository.collaborators.has(account.id);
    if (!known && role !== 'admin') throw notFound();
    return { status: 204 };
  }),
];

/** The coarse permission of a role: maintain counts as write, triage as read; `role_name` keeps the real one. */
const COARSE: Record<Role, string> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
};

function permissionOf(call: RepositoryCall) {
  const { hub, repository } = call;
  if (call.principal.type === 'anonymous') throw new GithubError(401, 'Requires authentication');
  const login = param(call, 'username');
  const account = accountByLogin(hub.world, login);
  if (!account) throw notFound();
  if (account.type !== 'User') throw new GithubError(404, `${login} is not a user`);
  const role = roleIn(hub.world, repository, account);
  return {
    status: 200,
    body: {
      permission: COARSE[role],
      role_name: role,
      user: {
        ...accountPayload(hub.world, account),
        permissions: flags(role),
        role_name: role,
      },
    },
  };
}

function flags(role: Role) {
  return {
    admin: atLeast(role, 'admin'),
    maintain: atLeast(role, 'maintain'),
    push: atLeast(role, 'write'),
    triage: atLeast(role, 'triage'),
    pull: atLeast(role, 'read'),
  };
}
