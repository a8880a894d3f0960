import type { z } from 'zod';
import type { PermissionLevel } from '../github/permission.ts';
import type { Allowed, PermissionFloor } from './access.ts';
import type { ConfigFiles } from './effective-settings.ts';

/** A person as far as a repository's files ask who it is. */
export type Asker = Readonly<{
  id: number;
  permission: PermissionLevel;
  /** The login in lower case, when the files name it and it has been this account's since. */
  login?: string | undefined;
  /** Those of the teams named there of which the person is an active member, as they are written there. */
  teams: readonly string[];
}>;

/** Why a person may not use a repository. `file` is how sentences call the file that says so. */
export type AccessRefusal =
  | Readonly<{ type: 'access_unreadable'; file: string; why: string | undefined }>
  /** `least` is undefined where it is not told. */
  | Readonly<{ type: 'permission_too_low'; file: string; least: PermissionFloor | undefined }>
  | Readonly<{ type: 'not_allowed'; file: string }>;

const ranks: Readonly<Record<PermissionLevel, number>> = {
  none: 0,
  read: 1,
  triage: 2,
  write: 3,
  maintain: 4,
  admin: 5,
};

/**
 * What keeps a person from using a repository, or undefined. Organization and repository must both allow it; a file
 * whose part about that can't be read allows nobody, and is named when no readable file refuses. Pure.
 */
export function accessRefusal(files: ConfigFiles, asker: Asker): AccessRefusal | undefined {
  const refusals = [files.organization, files.repository].flatMap((one) => {
    const refusal = one && refusalOf(one, asker);
    return refusal ? [refusal] : [];
  });
  return refusals.find(({ type }) => type !== 'access_unreadable') ?? refusals[0];
}

type AccessFile = NonNullable<ConfigFiles['organization'] | ConfigFiles['repository']>;

function refusalOf(one: AccessFile, asker: Asker): AccessRefusal | undefined {
  const { access, file, problems } = one;
  if (access.type === 'unreadable')
    return { type: 'access_unreadable', file, why: problems[0]?.text };
  const { permission: least, allowed } = access;
  if (least && ranks[asker.permission] < ranks[least])
    return { type: 'permission_too_low', file, least: one.untold ? undefined : least };
  return allowed && !allowed.some((who) => isMeant(who, asker))
    ? { type: 'not_allowed', file }
    : undefined;
}

/** True when a list names the login and not the id, so that its account has to be known. Pure. */
export function namesLogin(files: ConfigFiles, { id, login }: Person): boolean {
  const wanted = login.toLowerCase();
  return listsOf(files).some(
    (list) =>
      !list.includes(id) &&
      list.some((who) => typeof who === 'string' && who.toLowerCase() === wanted),
  );
}

/** The teams that have to be asked about: none when the person stands in the list already. Pure. */
export function teamsToAsk(files: ConfigFiles, asker: Omit<Asker, 'teams' | 'permission'>) {
  const person = { ...asker, teams: [] };
  const open = listsOf(files).filter((list) => !list.some((who) => isMeant(who, person)));
  const names = open.flat().filter((who) => typeof who === 'string');
  return [...new Set(names.filter((who) => who.includes('/')))];
}

type Person = Readonly<{ id: number; login: string }>;
type List = z.infer<typeof Allowed>;

function listsOf({ organization, repository }: ConfigFiles): readonly List[] {
  return [organization, repository].flatMap((one) =>
    one?.access.type === 'read' && one.access.allowed ? [one.access.allowed] : [],
  );
}

function isMeant(who: List[number], { id, login, teams }: Omit<Asker, 'permission'>): boolean {
  if (typeof who === 'number') return who === id;
  return who.includes('/') ? teams.includes(who) : who.toLowerCase() === login;
}
