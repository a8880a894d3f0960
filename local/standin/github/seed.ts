import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import path from 'node:path';

import { judge } from './events.ts';
import type { Hub } from './hub.ts';
import { newIssue } from './new-issue.ts';
import { accountPayload, installationPayload, nodeId } from './payload-account.ts';
import { noreply } from './payload-git.ts';
import { headInFork, type HeadInFork } from './seed-fork.ts';
import { createBareRepository, seedFiles, type SeedFiles } from './repository-store.ts';
import {
  type Account,
  accountById,
  accountByLogin,
  type Permissions,
  type Repository,
  repositoryByName,
  type Role,
} from './world.ts';

type SeedUser = Readonly<{ login: string; id?: number }>;
type SeedOrganization = SeedUser &
  Readonly<{
    members?: readonly (string | Readonly<{ login: string; role: 'admin' | 'member' }>)[];
    /** By slug: logins, and whether each has accepted the invitation. */
    teams?: Readonly<Record<string, Readonly<Record<string, 'active' | 'pending'>>>>;
  }>;
export type SeedRepository = Readonly<{
  owner: string;
  name: string;
  private?: boolean;
  archived?: boolean;
  /** False: a plan without draft pull requests. Default true. */
  drafts?: boolean;
  defaultBranch?: string;
  /** Without files the repository is empty. */
  files?: SeedFiles;
  /** What other branches change in a commit on top of the default branch. */
  branches?: Readonly<Record<string, SeedFiles>>;
  collaborators?: Readonly<Record<string, Exclude<Role, 'none'>>>;
  protectedBranches?: readonly string[];
}>;
type SeedApp = Readonly<{
  slug: string;
  name: string;
  permissions: Permissions;
  events: readonly string[];
  webhookSecret: string;
  /** PEM. Made when it is left out. */
  privateKey?: string;
  /** Where people may be sent back to after they signed in. Default: any port of this machine, `/auth/callback`. */
  callbackUrls?: readonly string[];
  owner?: string;
}>;
type SeedInstallation = Readonly<{
  account: string;
  repositories: 'all' | readonly string[];
  permissions?: Permissions;
  app?: string;
  /** Send `installation.created`, as GitHub does when a person installs an App. Default false. */
  announce?: boolean;
}>;
type SeedIssue = Readonly<{
  owner: string;
  name: string;
  title: string;
  body?: string;
  author: string;
}>;

/** Puts things into the world directly: no permission is asked and no event is sent. */
export type Seed = Readonly<{
  user: (user: SeedUser) => { id: number };
  organization: (organization: SeedOrganization) => { id: number };
  repository: (
    repository: SeedRepository,
  ) => Promise<{ id: number; headSha: string | null; dir: string }>;
  app: (app: SeedApp) => {
    appId: number;
    clientId: string;
    clientSecret: string;
    privateKey: string;
    botUserId: number;
  };
  installation: (installation: SeedInstallation) => Promise<{ id: number }>;
  issue: (issue: SeedIssue) => { number: number; id: number };
  /** Makes a pull request look as if its head were in another repository. The commits stay where they are. */
  headInFork: (change: HeadInFork) => void;
  /** Changes a repository behind everyone's back: archives it, hides it, gives or takes (`none`) roles. */
  updateRepository: (update: RepositoryUpdate) => void;
  /** Changes what an installation may do, or where. */
  updateInstallation: (update: InstallationUpdate) => void;
}>;

type RepositoryUpdate = Readonly<{
  owner: string;
  name: string;
  archived?: boolean;
  private?: boolean;
  collaborators?: Readonly<Record<string, Role>>;
}>;
type InstallationUpdate = Readonly<{
  id: number;
  permissions?: Permissions;
  /** Names of repositories of the installation's account. */
  repositories?: 'all' | readonly string[];
  suspended?: boolean;
}>;

/** Creates the seed functions of a world. Bare repositories lie in `dataDir`. */
export function createSeed(hub: Hub, dataDir: string): Seed {
  return {
    user: (user) => ({ id: addAccount(hub, user, 'User').id }),
    organization: (organization) => addOrganization(hub, organization),
    repository: (repository) => addRepository(hub, dataDir, repository),
    app: (app) => addApp(hub, app),
    installation: (installation) => addInstallation(hub, installation),
    issue: (issue) => addIssue(hub, issue),
    headInFork: (change) => headInFork(hub, change),
    updateRepository: (update) => updateRepository(hub, update),
    updateInstallation: (update) => updateInstallation(hub, update),
  };
}

function addAccount(hub: Hub, user: SeedUser, type: Account['type']): Account {
  if (accountByLogin(hub.world, user.login)) throw new Error(`login ${user.login} is taken`);
  const account: Account = {
    id: user.id ?? hub.world.nextId(),
    login: user.login,
    type,
    createdAt: hub.world.now(),
    members: new Map(),
    teams: new Map(),
  };
  hub.world.accounts.set(account.id, account);
  return account;
}

function requireAccount(hub: Hub, login: string): Account {
  const account = accountByLogin(hub.world, login);
  if (!account) throw new Error(`no account ${login}: seed it first`);
  return account;
}

function addOrganization(hub: Hub, organization: SeedOrganization): { id: number } {
  const account = addAccount(hub, organization, 'Organization');
  for (const member of organization.members ?? []) {
    const entry = typeof member === 'string' ? { login: member, role: 'member' as const } : member;
    account.members.set(requireAccount(hub, entry.login).id, entry.role);
  }
  for (const [slug, people] of Object.entries(organization.teams ?? {})) {
    const states = Object.entries(people).map(
      ([login, state]) => [requireAccount(hub, login).id, state] as const,
    );
    account.teams.set(slug, new Map(states));
  }
  return { id: account.id };
}

async function addRepository(hub: Hub, dataDir: string, seed: SeedRepository) {
  const { world } = hub;
  const owner = requireAccount(hub, seed.owner);
  if (repositoryByName(world, seed.owner, seed.name)) throw new Error(`${seed.name} is taken`);
  const collaborators = Object.entries(seed.collaborators ?? {}).map(
    ([login, role]) => [requireAccount(hub, login).id, role] as const,
  );
  const repository: Repository = {
    id: world.nextId(),
    ownerId: owner.id,
    name: seed.name,
    private: seed.private ?? false,
    archived: seed.archived ?? false,
    drafts: seed.drafts ?? true,
    defaultBranch: seed.defaultBranch ?? 'main',
    createdAt: world.now(),
    pushedAt: world.now(),
    collaborators: new Map(collaborators),
    protectedBranches: new Set(seed.protectedBranches),
    labels: new Map(),
    issues: new Map(),
    checkRuns: new Map(),
    checkSuites: new Map(),
    dir: path.join(dataDir, `${world.repositories.size + 1}-${seed.name}.git`),
    empty: seed.files === undefined,
  };
  await createBareRepository(repository.dir, repository.defaultBranch);
  world.repositories.set(repository.id, repository);
  const headSha = seed.files
    ? await seedFiles(repository.dir, {
        branch: repository.defaultBranch,
        files: seed.files,
        branches: seed.branches,
        author: { name: owner.login, email: noreply(world, owner) },
        date: world.now(),
      })
    : null;
  return { id: repository.id, headSha, dir: repository.dir };
}

function addApp(hub: Hub, seed: SeedApp) {
  const { world } = hub;
  const pem = seed.privateKey ?? newPrivateKey();
  const bot = addAccount(hub, { login: `${seed.slug}[bot]` }, 'Bot');
  const owner = seed.owner ? requireAccount(hub, seed.owner) : undefined;
  const id = world.nextId();
  const app = {
    id,
    slug: seed.slug,
    name: seed.name,
    clientId: `Iv23li${String(id).padStart(14, '0')}`,
    clientSecret: randomBytes(20).toString('hex'),
    callbackUrls: seed.callbackUrls ?? ['http://127.0.0.1/auth/callback'],
    ownerId: owner?.id ?? [...world.accounts.keys()][0] ?? bot.id,
    permissions: { metadata: 'read', ...seed.permissions },
    events: seed.events,
    webhookSecret: seed.webhookSecret,
    publicKey: createPublicKey(createPrivateKey(pem)),
    botId: bot.id,
    hookId: world.nextId(),
    createdAt: world.now(),
  };
  world.apps.set(id, app);
  const { clientId, clientSecret } = app;
  return { appId: id, clientId, clientSecret, privateKey: pem, botUserId: bot.id };
}

function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return privateKey;
}

async function addInstallation(hub: Hub, seed: SeedInstallation): Promise<{ id: number }> {
  const { world } = hub;
  const account = requireAccount(hub, seed.account);
  const app = seed.app
    ? world.apps.values().find((candidate) => candidate.slug === seed.app)
    : [...world.apps.values()].filter(({ slug }) => slug !== 'github-actions').at(-1);
  if (!app) throw new Error('seed the app first');
  const named = seed.repositories;
  const chosen =
    named === 'all'
      ? [...world.repositories.values()].filter((repository) => repository.ownerId === account.id)
      : named.map((name) => requireRepository(hub, account, name));
  const installation = {
    id: world.nextId(),
    appId: app.id,
    accountId: account.id,
    repositories: named === 'all' ? named : new Set(chosen.map((repository) => repository.id)),
    permissions: { metadata: 'read', ...(seed.permissions ?? app.permissions) },
    suspendedAt: null,
    createdAt: world.now(),
  };
  world.installations.set(installation.id, installation);
  if (!seed.announce) return { id: installation.id };
  const payload = {
    action: 'created',
    installation: installationPayload(hub, installation),
    repositories: chosen.map((repository) => ({
      id: repository.id,
      node_id: nodeId('R', repository.id),
      name: repository.name,
      full_name: `${account.login}/${repository.name}`,
      private: repository.private,
    })),
    sender: accountPayload(world, account),
  };
  await judge(hub, 'installation', payload);
  hub.webhooks.send({
    app,
    event: 'installation',
    installationId: installation.id,
    repositoryId: null,
    payload,
  });
  return { id: installation.id };
}

function addIssue(hub: Hub, seed: SeedIssue): { number: number; id: number } {
  const repository = repositoryByName(hub.world, seed.owner, seed.name);
  if (!repository) throw new Error(`no repository ${seed.owner}/${seed.name}`);
  const issue = newIssue(hub, repository, {
    title: seed.title,
    body: seed.body ?? null,
    authorId: requireAccount(hub, seed.author).id,
    appId: null,
    pull: null,
  });
  return { number: issue.number, id: issue.id };
}

function requireRepository(hub: Hub, owner: Account, name: string): Repository {
  const found = repositoryByName(hub.world, owner.login, name.split('/').pop() ?? name);
  if (!found) throw new Error(`no repository ${name} of ${owner.login}`);
  return found;
}

function updateRepository(hub: Hub, update: RepositoryUpdate): void {
  const repository = requireRepository(hub, requireAccount(hub, update.owner), update.name);
  repository.archived = update.archived ?? repository.archived;
  repository.private = update.private ?? repository.private;
  for (const [login, role] of Object.entries(update.collaborators ?? {})) {
    const { id } = requireAccount(hub, login);
    if (role === 'none') repository.collaborators.delete(id);
    else repository.collaborators.set(id, role);
  }
}

function updateInstallation(hub: Hub, update: InstallationUpdate): void {
  const installation = hub.world.installations.get(update.id);
  if (!installation) throw new Error(`no installation ${update.id}`);
  const { permissions, repositories, suspended } = update;
  if (permissions) installation.permissions = { metadata: 'read', ...permissions };
  if (suspended !== undefined) installation.suspendedAt = suspended ? hub.world.now() : null;
  if (repositories === undefined) return;
  const owner = accountById(hub.world, installation.accountId);
  installation.repositories =
    repositories === 'all'
      ? 'all'
      : new Set(repositories.map((name) => requireRepository(hub, owner, name).id));
}
