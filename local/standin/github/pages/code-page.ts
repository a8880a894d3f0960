import { html } from 'hono/html';

import { type Commit, readCommit } from '../git-commits.ts';
import { listRefs } from '../git-refs.ts';
import { readObject } from '../git-objects.ts';
import { listTree, type TreeEntry } from '../git-trees.ts';
import { notFound } from '../github-error.ts';
import { checkSign } from './badge.ts';
import { checksOf } from './check-list.ts';
import { fileView } from './file-view.ts';
import { repositoryLayout } from './layout.ts';
import { time } from './time.ts';
import { type Html, pathOf, type RepositoryVisit } from './visit.ts';

/** The files of the default branch. */
export function codePage(visit: RepositoryVisit): Promise<Html> {
  return placePage(visit, { ref: visit.repository.defaultBranch, path: '' });
}

/** A folder or a file at a branch or a commit, both named by the rest of the path. Throws 404. */
export async function placeInCodePage(visit: RepositoryVisit): Promise<Html> {
  return placePage(visit, await splitPlace(visit, visit.param('place')));
}

type Place = Readonly<{ ref: string; path: string }>;

/** A branch's name may hold slashes, so that only the repository knows where the file's path begins. */
async function splitPlace({ hub, repository }: RepositoryVisit, place: string): Promise<Place> {
  const refs = await listRefs(hub.git, repository.dir, 'refs/heads');
  const names = refs.map(({ ref }) => ref.slice('refs/heads/'.length));
  const branch = names.find((name) => place === name || place.startsWith(`${name}/`));
  const ref = branch ?? place.split('/')[0] ?? '';
  return { ref, path: place.slice(ref.length + 1).replace(/\/$/, '') };
}

async function placePage(visit: RepositoryVisit, place: Place): Promise<Html> {
  const { hub, repository } = visit;
  const { ref, path } = place;
  const title = path === '' ? repository.name : path;
  if (repository.empty) {
    const body = html`<p class="empty">This repository is empty.</p>`;
    return repositoryLayout(visit, { tab: 'code', title, body });
  }
  const commit = await commitAt(visit, ref);
  if (!commit) throw notFound();
  const object = await readObject(hub.git, repository.dir, `${commit.sha}:${path}`);
  if (!object) throw notFound();
  const content =
    object.type === 'tree'
      ? await folderView(visit, place, object.sha)
      : fileView(visit, path, object.bytes);
  return repositoryLayout(visit, {
    tab: 'code',
    title,
    body: html`${headOf(visit, place, commit)} ${content}`,
  });
}

async function commitAt({ hub, repository }: RepositoryVisit, ref: string) {
  const branch = await readCommit(hub.git, repository.dir, `refs/heads/${ref}`);
  if (branch) return branch;
  return /^[0-9a-f]{7,40}$/.test(ref) ? readCommit(hub.git, repository.dir, ref) : undefined;
}

function headOf(visit: RepositoryVisit, { ref, path }: Place, commit: Commit): Html {
  const parts = path.split('/').filter((part) => part !== '');
  const up = (count: number) => treePath(visit, ref, parts.slice(0, count).join('/'));
  return html`<p class="crumbs">
      <span class="pill">${ref}</span> <a href="${up(0)}">${visit.repository.name}</a>${parts.map(
        (part, index) => html` / <a href="${up(index + 1)}">${part}</a>`,
      )}
    </p>
    <p class="latest">
      <a href="${pathOf(visit, `/commit/${commit.sha}`)}">${commit.message.split('\n')[0]}</a>
      ${checksOf(visit, commit.sha).map(checkSign)}
      <span class="side"
        >${commit.author.name} · ${time(visit.hub.world.now(), commit.committer.date)}</span
      >
    </p>`;
}

/** The path of a folder's or a file's page. */
function treePath(visit: RepositoryVisit, ref: string, path: string): string {
  return pathOf(visit, `/blob/${encoded(ref)}${path === '' ? '' : `/${encoded(path)}`}`);
}

async function folderView(visit: RepositoryVisit, place: Place, tree: string): Promise<Html> {
  const { hub, repository } = visit;
  const entries = await listTree(hub.git, repository.dir, { tree, recursive: false });
  const folders = entries.filter(({ type }) => type === 'tree');
  const files = entries.filter(({ type }) => type !== 'tree');
  const readme = files.find(({ path }) => path.toLowerCase() === 'readme.md');
  const text = readme && (await readObject(hub.git, repository.dir, readme.sha));
  const under = (entry: TreeEntry) =>
    place.path === '' ? entry.path : `${place.path}/${entry.path}`;
  return html`<ul class="list">
      ${[...folders, ...files].map(
        (entry) =>
          html`<li>
            <a href="${treePath(visit, place.ref, under(entry))}"
              >${entry.path}${entry.type === 'tree' ? '/' : ''}</a
            >
          </li>`,
      )}
    </ul>
    ${text && readme ? fileView(visit, readme.path, text.bytes) : ''}`;
}

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
