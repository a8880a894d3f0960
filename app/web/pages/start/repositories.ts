import type { Viewer } from '../../access/viewer.ts';
import {
  type RepositoryPlace,
  type WritableRepository,
  writableRepositories,
} from '../../access/writable-repositories.ts';
import type { PageDeps } from '../page-deps.ts';

/** Repositories in which the person may start work. `more` is true when others may follow. */
export type FoundRepositories = Readonly<{ items: readonly WritableRepository[]; more: boolean }>;

/** How many are shown, and how many pages of GitHub's lists are looked at. */
const mostShown = 60;
const mostPages = 6;

/** Returns those whose name has this text in it. Throws TransientError when GitHub is out. */
export async function findRepositories(
  deps: PageDeps,
  viewer: Viewer,
  query: string,
): Promise<FoundRepositories> {
  const items: WritableRepository[] = [];
  let place: RepositoryPlace | undefined;
  for (let page = 0; page < mostPages && items.length < mostShown; page += 1) {
    const { installations } = deps.accept;
    const found = await writableRepositories({ ...deps, installations }, { viewer, place, query });
    items.push(...found.items.filter(({ archived }) => !archived));
    place = found.next;
    if (!place) break;
  }
  const more = place !== undefined || items.length > mostShown;
  return { items: items.slice(0, mostShown), more };
}
