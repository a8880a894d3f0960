import type { Hub } from './hub.ts';
import {
  type Account,
  accountById,
  type AppRecord,
  type Installation,
  type Repository,
  type World,
} from './world.ts';

/** A time in ms as GitHub writes it, without fractions; null stays null. */
export function time(ms: number): string;
export function time(ms: number | null): string | null;
export function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** A node id: opaque to callers, unique per kind and number. */
export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;
}

/** GitHub's `simple-user`. */
export function accountPayload(world: World, account: Account) {
  const url = `${world.origin}/users/${encodeURIComponent(account.login)}`;
  const page =
    account.type === 'Bot' ? `apps/${account.login.replace(/\[bot\]$/, '')}` : account.login;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(
      account.type === 'Organization' ? 'O' : account.type === 'Bot' ? 'BOT' : 'U',
      account.id,
    ),
    avatar_url: `${world.origin}/avatars/u/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.origin}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** GitHub's `public-user`: the profile of an account. */
export function profilePayload(world: World, account: Account) {
  return {
    ...accountPayload(world, account),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: world.repositories
      .values()
      .filter((repository) => repository.ownerId === account.id && !repository.private)
      .toArray().length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
  };
}

/** GitHub's `private-user`: the profile as its owner sees it. */
export function ownProfilePayload(world: World, account: Account) {
  return {
    ...profilePayload(world, account),
    private_gists: 0,
    total_private_repos: 0,
    owned_private_repos: 0,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  };
}

/** GitHub's `organization-simple` of webhooks. */
export function organizationPayload(world: World, account: Account) {
  const url = `${world.origin}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('O', account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.origin}/avatars/u/${account.id}`,
    description: '',
  };
}

/** GitHub's `integration`. */
export function appPayload(world: World, app: AppRecord) {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: accountPayload(world, accountById(world, app.ownerId)),
    name: app.name,
    description: '',
    external_url: `${world.origin}/apps/${app.slug}`,
    html_url: `${world.origin}/apps/${app.slug}`,
    created_at: time(app.createdAt),
    updated_at: time(app.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

/** GitHub's `installation`. */
export function installationPayload(hub: Hub, installation: Installation) {
  const { world } = hub;
  const account = accountById(world, installation.accountId);
  const app = world.apps.get(installation.appId);
  const settings = account.type === 'Organization' ? `organizations/${account.login}/` : '';
  const suspended = installation.suspendedAt !== null;
  return {
    id: installation.id,
    client_id: app?.clientId ?? '',
    account: accountPayload(world, account),
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
    access_tokens_url: `${world.origin}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.origin}/installation/repositories`,
    html_url: `${world.origin}/${settings}settings/installations/${installation.id}`,
    app_id: installation.appId,
    app_slug: app?.slug ?? '',
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: app?.events ?? [],
    created_at: time(installation.createdAt),
    updated_at: time(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: suspended ? accountPayload(world, account) : null,
    suspended_at: time(installation.suspendedAt),
  };
}

/** How an author stands to a repository, in GitHub's words. */
export function association(world: World, repository: Repository, authorId: number): string {
  if (authorId === repository.ownerId) return 'OWNER';
  if (accountById(world, repository.ownerId).members.has(authorId)) return 'MEMBER';
  return repository.collaborators.has(authorId) ? 'COLLABORATOR' : 'NONE';
}
