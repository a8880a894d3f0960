import { Buffer } from 'node:buffer';
import type { RunningApp } from '../../app/support/running-app.ts';
import type { SeededRepository, Situation } from './situation.ts';

/** Accounts with these numbers are served; the others are not. */
export const servedAccounts = Array.from({ length: 1_000 }, (_, index) => 9_000_001 + index);
const unservedAccounts = 9_900_000;

/** Where a situation takes place: the names in it end alike. */
export type Scene = Readonly<{
  running: RunningApp;
  ending: string;
  owner: string;
  installationId: number;
  /** The issue or pull request of `web` that it is about. */
  place: { number: number; branch?: string };
  call: Call;
}>;

/** Calls GitHub as a person; a path without a slash in front is below `web`. */
export type Call = (login: string, operation: string, body?: object) => Promise<unknown>;

const roles = {
  requester: 'write',
  writer: 'write',
  maintainer: 'maintain',
  administrator: 'admin',
  triager: 'triage',
  reader: 'read',
} as const;

/** Makes people, an organization with the App installed, its repositories and an issue. */
export async function createScene(
  running: RunningApp,
  situation: Situation,
  { ending, index }: Readonly<{ ending: string; index: number }>,
): Promise<Scene> {
  const { seed } = running.github;
  const { world } = situation;
  for (const login of [...Object.keys(roles), 'outsider', 'stranger'])
    seed.user({ login: `${login}${ending}` });
  const owner = `acme${ending}`;
  const id = world.served ? 9_000_001 + 2 * index : unservedAccounts + index;
  const teams = Object.entries(world.teams ?? {}).map(
    ([slug, people]) =>
      [slug, Object.fromEntries(people.map((login) => [login, 'active' as const]))] as const,
  );
  seed.organization({ login: owner, id, teams: Object.fromEntries(teams) });
  seed.organization({ login: `globex${ending}`, id: 9_000_002 + 2 * index });
  for (const [name, repository] of Object.entries({ web: {}, ...world.repositories }))
    await seedRepository(running, { name: fullName(owner, name), ending, repository });
  const { id: installationId } = await seed.installation({ account: owner, repositories: 'all' });
  for (const [account, change] of Object.entries(world.installations)) {
    const known = account === owner;
    const repositories = 'all' as const;
    const made = known
      ? { id: installationId }
      : await seed.installation({ account, repositories });
    seed.updateInstallation({ id: made.id, ...change });
  }
  const { number } = seed.issue({
    owner,
    name: 'web',
    title: 'Sums are wrong',
    body: 'sum(1, 2) gives -1',
    author: `requester${ending}`,
  });
  const call = createCall(running, owner);
  return { running, ending, owner, installationId, place: { number }, call };
}

function fullName(owner: string, name: string): Readonly<{ owner: string; name: string }> {
  const [account = owner, own] = name.split('/');
  return own === undefined ? { owner, name } : { owner: account, name: own };
}

async function seedRepository(
  { github: { seed } }: RunningApp,
  {
    name,
    ending,
    repository,
  }: Readonly<{
    name: Readonly<{ owner: string; name: string }>;
    ending: string;
    repository: SeededRepository;
  }>,
): Promise<void> {
  const { empty, files, roles: own = {}, ...rest } = repository;
  const given = Object.entries(roles).map(([login, role]) => [`${login}${ending}`, role] as const);
  const all: Record<string, SeedRole> = { ...Object.fromEntries(given), ...own };
  const collaborators = Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, Exclude<SeedRole, 'none'>] => entry[1] !== 'none',
    ),
  );
  await seed.repository({
    ...name,
    ...(rest.private === undefined ? {} : { private: rest.private }),
    ...(rest.archived === undefined ? {} : { archived: rest.archived }),
    collaborators,
    ...(empty ? {} : { files: { 'README.md': '# sums\n', ...files }, branches }),
  });
}

/** A change of one line, for pull requests. */
const branches = { more: { 'README.md': '# sums\nOf numbers\n' } };

type SeedRole = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';

function createCall({ github }: RunningApp, owner: string): Call {
  return async (login, operation, body) => {
    const [method = 'GET', path = ''] = operation.split(' ');
    const answer = await fetch(new URL(path, new URL(`/repos/${owner}/web/`, github.url)), {
      method,
      headers: {
        authorization: `Bearer ${github.userToken(login)}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'a-person',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    const text = Buffer.from(await answer.arrayBuffer()).toString('utf8');
    return text === '' ? undefined : JSON.parse(text);
  };
}

type Sha = Readonly<{ sha: string }>;

/** Adds a commit to a branch of `web`. */
export async function commit(
  { call, ending }: Pick<Scene, 'call' | 'ending'>,
  { branch, text }: Readonly<{ branch: string; text: string }>,
): Promise<void> {
  const by = `writer${ending}`;
  const ref = (await call(by, `GET git/ref/heads/${branch}`)) as { object: Sha };
  const parent = ref.object.sha;
  const file = { path: 'README.md', mode: '100644', type: 'blob', content: text };
  const tree = (await call(by, 'POST git/trees', { base_tree: parent, tree: [file] })) as Sha;
  const made = { message: 'Say more', tree: tree.sha, parents: [parent] };
  const { sha } = (await call(by, 'POST git/commits', made)) as Sha;
  await call(by, `PATCH git/refs/heads/${branch}`, { sha });
}

/** Opens a pull request in `web` that changes one line, from `more` or another name for it. */
export async function openPullRequest(
  scene: Pick<Scene, 'call' | 'ending'>,
  branch: string,
): Promise<Readonly<{ number: number; branch: string; sha: string }>> {
  const by = `writer${scene.ending}`;
  const ref = (await scene.call(by, 'GET git/ref/heads/more')) as { object: Sha };
  const { sha } = ref.object;
  if (branch !== 'more')
    await scene.call(by, 'POST git/refs', { ref: `refs/heads/${branch}`, sha });
  const wanted = { title: 'More', head: branch, base: 'main' };
  const opened = await scene.call(by, 'POST pulls', wanted);
  return { number: (opened as { number: number }).number, branch, sha };
}
