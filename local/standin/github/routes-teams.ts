import { holds } from './access.ts';
import { notAccessible, notFound } from './github-error.ts';
import { type Answer, type Call, param, type Route } from './route.ts';
import { type Account, accountByLogin } from './world.ts';

/** The route by which an App asks whether a person is in a team of an organization. */
export const teamRoutes: readonly Route[] = [
  {
    operation: 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
    handle: membership,
  },
];

function membership(call: Call): Answer {
  const organization = accountByLogin(call.hub.world, param(call, 'org'));
  if (!organization || !mayAsk(call, organization)) throw notFound();
  const slug = param(call, 'team_slug');
  const account = accountByLogin(call.hub.world, param(call, 'username'));
  const state = account && organization.teams.get(slug)?.get(account.id);
  if (!account || state === undefined) throw notFound();
  const path = `/organizations/${organization.id}/team/${slug}/memberships/${account.login}`;
  return { status: 200, body: { url: `${call.url.origin}${path}`, role: 'member', state } };
}

/** Teams are seen by installations on their own organization, and by its members. Throws 403. */
function mayAsk({ principal }: Call, organization: Account): boolean {
  if (principal.type === 'user') return organization.members.has(principal.account.id);
  if (principal.type !== 'installation') return false;
  if (principal.installation.accountId !== organization.id) return false;
  if (!holds(principal, 'members=read')) throw notAccessible('members=read');
  return true;
}
