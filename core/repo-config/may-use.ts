import type { PermissionLevel } from '../github/permission.ts';
import type { PermissionFloor } from './access.ts';
import type { ConfigFiles } from './effective-settings.ts';

/** A person as far as a repository's files ask who it is. */
export type Asker = Readonly<{
  login: string;
  permission: PermissionLevel;
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
 * whose part about that can't be read allows nobody. Pure.
 */
export function accessRefusal(files: ConfigFiles, asker: Asker): AccessRefusal | undefined {
  for (const one of [files.organization, files.repository]) {
    if (!one) continue;
    const { access, file, problems } = one;
    if (access.type === 'unreadable')
      return { type: 'access_unreadable', file, why: problems[0]?.text };
    const { permission: least, allowed } = access;
    if (least && ranks[asker.permission] < ranks[least])
      return { type: 'permission_too_low', file, least: one.untold ? undefined : least };
    if (allowed && !allowed.some((who) => isMeant(who, asker)))
      return { type: 'not_allowed', file };
  }
  return undefined;
}

/** The teams that have to be asked about: none when the person stands in the list by login. Pure. */
export function teamsToAsk(files: ConfigFiles, login: string): readonly string[] {
  const lists = [files.organization, files.repository].flatMap((one) =>
    one?.access.type === 'read' && one.access.allowed ? [one.access.allowed] : [],
  );
  const open = lists.filter((list) => !list.some((who) => isLogin(who, login)));
  return [...new Set(open.flat().filter((who) => who.includes('/')))];
}

function isMeant(who: string, { login, teams }: Asker): boolean {
  return who.includes('/') ? teams.includes(who) : isLogin(who, login);
}

function isLogin(who: string, login: string): boolean {
  return who.toLowerCase() === login.toLowerCase();
}
