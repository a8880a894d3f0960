import { UserError } from '../../../core/errors.ts';
import { mayWrite } from '../../../core/github/permission.ts';
import { repositoryById } from '../../../core/github/repository.ts';
import type { RepositoryRef } from '../../../core/request.ts';
import { permissionOf } from '../../accept/gather-facts.ts';
import { appFailure, type Installations } from '../../installations.ts';
import type { Viewer } from './viewer.ts';

/** What a viewer may do in a repository: `read` to look, `write` to act. */
export type AccessLevel = 'none' | 'read' | 'write';

/** A repository and the installation through which it is seen. */
export type AccessPlace = Readonly<{ installation_id: number; repository: RepositoryRef }>;

/**
 * What viewers may do now, asked of GitHub through the App.
 *
 * Contract: an answer is at most two minutes old. Where GitHub confirms nothing the answer is `none`. Throws
 * TransientError when GitHub is out.
 */
export type LiveAccess = (viewer: Viewer, place: AccessPlace) => Promise<AccessLevel>;

type Deps = Readonly<{ installations: Installations; now: () => number }>;

const freshMs = 120_000;
/** Answers that are remembered at once. */
const most = 10_000;

type Entry = Readonly<{ level: Promise<AccessLevel>; until: number }>;

/** Creates the check, with an empty memory. */
export function createLiveAccess(deps: Deps): LiveAccess {
  const known = new Map<string, Entry>();
  return (viewer, place) => {
    const { id } = place.repository;
    if (viewer.repositories && !viewer.repositories.has(id)) return Promise.resolve('none');
    const key = `${viewer.user.id} ${viewer.user.login} ${id}`;
    const entry = known.get(key);
    if (entry && entry.until > deps.now()) return entry.level;
    const level = ask(deps, viewer, place);
    known.delete(key);
    known.set(key, { level, until: deps.now() + freshMs });
    // The caller hears of the failure; the next one asks again.
    level.catch(() => known.delete(key));
    if (known.size > most) forgetOldest(known);
    return level;
  };
}

function forgetOldest(known: Map<string, Entry>): void {
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

/** The repository is looked up by its id: another one may bear its name by now. */
async function ask(
  { installations }: Deps,
  { user }: Viewer,
  { installation_id, repository: { id } }: AccessPlace,
): Promise<AccessLevel> {
  try {
    const github = await installations.client(installation_id);
    const repository = await repositoryById(github, id);
    if (!repository) return 'none';
    const permission = await permissionOf(github, { repository, user });
    if (mayWrite(permission)) return 'write';
    return permission === 'none' ? 'none' : 'read';
  } catch (error) {
    const failure = appFailure(error);
    if (failure instanceof UserError) return 'none';
    throw failure;
  }
}
