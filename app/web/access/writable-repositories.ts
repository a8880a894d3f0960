import { z } from 'zod';
import type { RepositoryRef } from '../../../core/request.ts';
import { appFailure, type Installations } from '../../installations.ts';
import type { LiveAccess } from './live-access.ts';
import type { ServedInstallations } from './served-installations.ts';
import type { Viewer } from './viewer.ts';

/** Where a list of repositories goes on: a page of GitHub's own list of an installation. */
export const RepositoryPlace = z.object({ installation: z.number().int(), page: z.number().int() });
export type RepositoryPlace = z.infer<typeof RepositoryPlace>;

/** A repository in which work can be started. */
export type WritableRepository = Readonly<{
  repository: RepositoryRef;
  default_branch: string;
  archived: boolean;
}>;

type Deps = Readonly<{
  installations: Installations;
  served: ServedInstallations;
  access: LiveAccess;
}>;

type Wanted = Readonly<{ viewer: Viewer; place: RepositoryPlace | undefined; query: string }>;

/** Of one page of GitHub's list every repository is asked about, which bounds what one call costs. */
const pageSize = 50;

const Page = z.object({
  total_count: z.number().int(),
  repositories: z.array(
    z.object({
      id: z.number().int(),
      name: z.string(),
      owner: z.object({ login: z.string() }),
      private: z.boolean(),
      archived: z.boolean().default(false),
      default_branch: z.string(),
    }),
  ),
});

/**
 * Returns the repositories of one page of GitHub's list that the viewer may write to, and where the list goes on. A
 * part may be empty although more follows. Throws TransientError when GitHub is out.
 */
export async function writableRepositories(
  deps: Deps,
  { viewer, place, query }: Wanted,
): Promise<Readonly<{ items: readonly WritableRepository[]; next: RepositoryPlace | undefined }>> {
  const all = await deps.served();
  const from = place?.installation ?? 0;
  const [current, following] = all.filter(({ installationId: id }) => id >= from);
  if (!current) return { items: [], next: undefined };
  const installation = current.installationId;
  const page = installation === place?.installation ? place.page : 1;
  const found = await readPage(deps, installation, page);
  const wanted = found.repositories.filter((one) => matches(one, { viewer, query }));
  const items = await Promise.all(
    wanted.map(async ({ id, name, owner, private: hidden, ...rest }) => {
      const repository = { id, name, owner: owner.login, private: hidden };
      const level = await deps.access(viewer, { installation_id: installation, repository });
      return level === 'write' ? [{ ...rest, repository }] : [];
    }),
  );
  const next =
    page * pageSize < found.total_count
      ? { installation, page: page + 1 }
      : following && { installation: following.installationId, page: 1 };
  return { items: items.flat(), next };
}

async function readPage({ installations }: Deps, installation: number, page: number) {
  try {
    const github = await installations.client(installation);
    const { data } = await github.request('GET /installation/repositories', {
      per_page: pageSize,
      page,
    });
    return Page.parse(data);
  } catch (error) {
    throw appFailure(error);
  }
}

function matches(
  { id, name, owner }: z.infer<typeof Page>['repositories'][number],
  { viewer, query }: Pick<Wanted, 'viewer' | 'query'>,
): boolean {
  if (viewer.repositories && !viewer.repositories.has(id)) return false;
  return `${owner.login}/${name}`.toLowerCase().includes(query.toLowerCase());
}
