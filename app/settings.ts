import type { Logger } from 'pino';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readContent } from '../core/github/content.ts';
import type { Github } from '../core/github/octokit.ts';
import { isTeamMember } from '../core/github/team.ts';
import type { ConfigFile } from '../core/repo-config/config-file.ts';
import type { ConfigFiles } from '../core/repo-config/effective-settings.ts';
import { type Asker, namesLogin, teamsToAsk } from '../core/repo-config/may-use.ts';
import type { OrganizationConfig } from '../core/repo-config/organization-config.ts';
import {
  type ReadConfig,
  readOrganizationConfig,
  readRepoConfig,
  unreadableConfig,
} from '../core/repo-config/read-repo-config.ts';
import type { RepositoryConfig } from '../core/repo-config/repository-config.ts';
import { teamOf } from '../core/repo-config/who.ts';
import type { Actor, RepositoryRef } from '../core/request.ts';
import type { LoginPins } from '../core/store/login-pins.ts';
import { appFailure, type Installations } from './installations.ts';

type Deps = Readonly<{ installations: Installations }>;

type Which = Readonly<{
  installation_id: number;
  repository: Pick<RepositoryRef, 'owner' | 'name' | 'private'>;
  /** The commit of the default branch to read; its present head when absent. */
  sha?: string | undefined;
}>;

const path = '.github/cody.yml';

/** The repository of an account that speaks for all of its repositories. */
export const sharedName = '.github';

/**
 * Reads both files that speak for a repository, now, at the default branch: its own, and that of its account's
 * `.github` repository where the App is installed on that. Throws what Octokit throws.
 */
export async function settingsOf(deps: Deps, which: Which): Promise<ConfigFiles> {
  const [organization, repository] = await Promise.all([
    organizationFile(deps, which.repository),
    repositoryFile(deps, which),
  ]);
  return { ...(organization ? { organization } : {}), ...(repository ? { repository } : {}) };
}

/** The file of an account's `.github` repository alone: its sets and defaults. Throws what Octokit throws. */
export async function organizationFile(
  { installations }: Deps,
  { owner, private: hidden }: Which['repository'],
): Promise<ConfigFile<OrganizationConfig> | undefined> {
  const shared = { owner, name: sharedName };
  const installation = await installations.of(shared);
  if (!installation || installation.suspended) return undefined;
  const github = await installations.client(installation.installationId);
  for (const one of [path, 'cody.yml']) {
    const file = `${one} of ${owner}/${sharedName}`;
    const read = await readFile(github, {
      repository: shared,
      path: one,
      read: readOrganizationConfig,
    });
    if (!read) continue;
    const untold = !hidden && (await isPrivate(github, shared));
    return untold ? { ...withoutDetails(read), file, untold } : { ...read, file };
  }
  return undefined;
}

const Visibility = z.object({ private: z.boolean() });

async function isPrivate(
  github: Github,
  { owner, name: repo }: Readonly<{ owner: string; name: string }>,
): Promise<boolean> {
  const { data } = await github.rest.repos.get({ owner, repo });
  return Visibility.parse(data).private;
}

/** What is public says no more of a private file than that something is wrong with it. */
function withoutDetails<Config>(read: Found<Config>): Found<Config> {
  if (read.problems.length === 0) return read;
  const text = 'the file has a problem.';
  return { ...read, problems: [{ path: '', line: undefined, text }] };
}

/** A repository's own file alone. Throws what Octokit throws. */
export async function repositoryFile(
  { installations }: Deps,
  { installation_id, repository, sha: ref }: Which,
): Promise<ConfigFile<RepositoryConfig> | undefined> {
  // Its file speaks for all repositories, and for itself as one of them.
  if (repository.name === sharedName) return undefined;
  const github = await installations.client(installation_id);
  const read = await readFile(github, { repository, path, ref, read: readRepoConfig });
  return read && { ...read, file: path };
}

type Found<Config> = ReadConfig<Config> & Readonly<{ sha?: string }>;

type File<Config> = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  path: string;
  ref?: string | undefined;
  read: (bytes: Uint8Array) => ReadConfig<Config>;
}>;

async function readFile<Config>(
  github: Github,
  { read, ...which }: File<Config>,
): Promise<Found<Config> | Found<Record<string, never>> | undefined> {
  const found = await readContent(github, which);
  if (found.type === 'missing') return undefined;
  if (found.type === 'other') return unreadableConfig(found.what);
  return { ...read(found.bytes), sha: found.sha };
}

type Member = Readonly<{
  installation_id: number;
  owner: string;
  requester: Pick<Actor, 'id' | 'login'>;
}>;

/** What the answers of both look-ups need. */
export type AskerDeps = Deps & Readonly<{ logins: LoginPins; log: Pick<Logger, 'warn'> }>;

/**
 * The person as the files' lists ask for it, now: by id, by a login that is and stays this account's, by teams. Throws
 * when GitHub is out.
 */
export async function askerOf(
  deps: AskerDeps,
  files: ConfigFiles,
  member: Member,
): Promise<Omit<Asker, 'permission'>> {
  const { id, login } = member.requester;
  const own = namesLogin(files, member.requester) && (await isStill(deps, member));
  const person = { id, ...(own ? { login: login.toLowerCase() } : {}) };
  return { ...person, teams: await teamsOf(deps, files, { ...member, person }) };
}

const Account = z.object({ id: z.number().int() });

/** No answer, and a login that was another account's before, is a no. */
async function isStill(
  { installations, logins, log }: AskerDeps,
  { installation_id, requester: { id, login } }: Member,
): Promise<boolean> {
  const lookUp = async () => {
    const github = await installations.client(installation_id);
    return Account.parse((await github.rest.users.getByUsername({ username: login })).data).id;
  };
  try {
    return (await logins.accountOf(login, lookUp)) === id;
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    log.warn({ cause: failure.code }, 'A login of a list can not be looked up');
    return false;
  }
}

type Teamed = Member & Readonly<{ person: Omit<Asker, 'permission' | 'teams'> }>;

/**
 * Those of the teams in the files' lists of which the person is a member, asked now. A team that can't be asked about,
 * because it is another account's or a permission is missing, counts as one without the person. Throws when GitHub is out.
 */
async function teamsOf(
  { installations, log }: Deps & Readonly<{ log: Pick<Logger, 'warn'> }>,
  files: ConfigFiles,
  { installation_id, owner, requester: { login }, person }: Teamed,
): Promise<readonly string[]> {
  const asked = teamsToAsk(files, person).flatMap((who) => {
    const team = teamOf(who);
    const own = team?.organization.toLowerCase() === owner.toLowerCase();
    return team && own ? [{ who, ...team }] : [];
  });
  if (asked.length === 0) return [];
  try {
    const github = await installations.members(installation_id);
    const member = await Promise.all(asked.map((team) => isTeamMember(github, { ...team, login })));
    return asked.filter((_, at) => member[at]).map(({ who }) => who);
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    log.warn({ cause: failure.code }, 'Teams can not be asked about');
    return [];
  }
}
