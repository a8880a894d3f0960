import type { KeyObject } from 'node:crypto';

import type { CheckRun, CheckSuite } from './check.ts';
import type { Issue } from './issue.ts';

/** What a person may do in a repository, weakest first. */
const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Permission names with `read`, `write` or `admin`, as in an App's settings. */
export type Permissions = Readonly<Record<string, string>>;

export type Account = {
  readonly id: number;
  login: string;
  readonly type: 'User' | 'Organization' | 'Bot';
  readonly createdAt: number;
  /** Members of an organization by account id. */
  readonly members: Map<number, 'admin' | 'member'>;
  /** Teams of an organization by slug: account ids, and whether the invitation was accepted. */
  readonly teams: Map<string, Map<number, 'active' | 'pending'>>;
};

export type AppRecord = Readonly<{
  id: number;
  slug: string;
  name: string;
  clientId: string;
  clientSecret: string;
  /** Where people may be sent back to after they signed in. */
  callbackUrls: readonly string[];
  ownerId: number;
  permissions: Permissions;
  events: readonly string[];
  webhookSecret: string;
  publicKey: KeyObject;
  botId: number;
  hookId: number;
  createdAt: number;
}>;

export type Installation = {
  readonly id: number;
  readonly appId: number;
  readonly accountId: number;
  repositories: 'all' | Set<number>;
  permissions: Permissions;
  suspendedAt: number | null;
  readonly createdAt: number;
};

export type Label = {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
};

export type Repository = {
  readonly id: number;
  readonly ownerId: number;
  name: string;
  private: boolean;
  archived: boolean;
  /** Whether the owner's plan allows draft pull requests. */
  readonly drafts: boolean;
  defaultBranch: string;
  readonly createdAt: number;
  pushedAt: number;
  readonly collaborators: Map<number, Role>;
  readonly protectedBranches: Set<string>;
  readonly labels: Map<string, Label>;
  readonly issues: Map<number, Issue>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly checkSuites: Map<number, CheckSuite>;
  /** The bare repository. */
  readonly dir: string;
  /** Whether git could not find any branch yet; cleared by the first push or commit. */
  empty: boolean;
};

/** Everything that exists, with the look-ups that routes share. Lists are in order of creation. */
export type World = {
  origin: string;
  readonly accounts: Map<number, Account>;
  readonly apps: Map<number, AppRecord>;
  readonly installations: Map<number, Installation>;
  readonly repositories: Map<number, Repository>;
  readonly now: () => number;
  readonly nextId: () => number;
};

/** An empty world on the given clock (ms). Ids count up from a number with seven digits. */
export function createWorld(now: () => number): World {
  let id = 1_000_000;
  return {
    origin: '',
    accounts: new Map(),
    apps: new Map(),
    installations: new Map(),
    repositories: new Map(),
    now,
    nextId: () => ++id,
  };
}

/** The account with this login, without regard to case. */
export function accountByLogin(world: World, login: string): Account | undefined {
  const wanted = login.toLowerCase();
  return world.accounts.values().find((account) => account.login.toLowerCase() === wanted);
}

/** The account with this id. Throws when there is none, since ids in the world always refer to something. */
export function accountById(world: World, id: number): Account {
  const account = world.accounts.get(id);
  if (!account) throw new Error(`no account ${id}`);
  return account;
}

/** The App with this id. Throws when there is none. */
export function appById(world: World, id: number): AppRecord {
  const app = world.apps.get(id);
  if (!app) throw new Error(`no app ${id}`);
  return app;
}

/** The repository `owner/name`, without regard to case. */
export function repositoryByName(
  world: World,
  owner: string,
  name: string,
): Repository | undefined {
  const account = accountByLogin(world, owner);
  const wanted = name.toLowerCase();
  return account
    ? world.repositories
        .values()
        .find(
          (repository) =>
            repository.ownerId === account.id && repository.name.toLowerCase() === wanted,
        )
    : undefined;
}

/** `owner/name`. */
export function fullName(world: World, repository: Repository): string {
  return `${accountById(world, repository.ownerId).login}/${repository.name}`;
}

/** Whether the installation covers the repository. */
export function covers(installation: Installation, repository: Repository): boolean {
  if (installation.accountId !== repository.ownerId) return false;
  return installation.repositories === 'all' || installation.repositories.has(repository.id);
}

/** The role of an account in a repository: owner, then collaborator, then organization, then the public. */
export function roleIn(world: World, repository: Repository, account: Account): Role {
  if (account.id === repository.ownerId) return 'admin';
  const direct = repository.collaborators.get(account.id) ?? 'none';
  const membership = accountById(world, repository.ownerId).members.get(account.id);
  const member: Role = membership === 'admin' ? 'admin' : membership === 'member' ? 'read' : 'none';
  const open: Role = repository.private || account.type === 'Bot' ? 'none' : 'read';
  return [direct, member, open].reduce((best, role) => (atLeast(role, best) ? role : best), 'none');
}

/** Whether `role` allows everything that `least` allows. */
export function atLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
