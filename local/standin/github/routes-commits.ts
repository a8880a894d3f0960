import type { Needs } from './access.ts';
import { type Commit, listCommits, readCommit } from './git-commits.ts';
import { diffFiles, diffText, mergeBase, patchText } from './git-diff.ts';
import { readObject } from './git-objects.ts';
import { listRefs, readRef, type Ref } from './git-refs.ts';
import { listTree, type TreeEntry } from './git-trees.ts';
import { GithubError, notFound, unprocessable } from './github-error.ts';
import { listAnswer, page } from './paging.ts';
import { commitPayload, filePayload } from './payload-git.ts';
import { repositoryPage, repositoryUrl } from './payload-repository.ts';
import { type Answer, param, type RepositoryCall, repositoryRoute, type Route } from './route.ts';
import { filled } from './routes-git.ts';

const READ: Needs = { any: ['contents=read'], role: 'read' };
const REPO = '/repos/{owner}/{repo}';

/** The routes of commits, comparisons, branches and file contents. */
export const commitRoutes: readonly Route[] = [
  repositoryRoute(`GET ${REPO}/commits`, READ, filled(list)),
  repositoryRoute(`GET ${REPO}/commits/{ref}`, READ, filled(get)),
  repositoryRoute(`GET ${REPO}/compare/{basehead}`, READ, compare),
  repositoryRoute(`GET ${REPO}/branches`, READ, listBranches),
  repositoryRoute(`GET ${REPO}/branches/{branch}`, READ, getBranch),
  repositoryRoute(`GET ${REPO}/contents/{path}`, READ, contents),
];

/** The empty tree, which stands before a first commit. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function commitOf(call: RepositoryCall, revision: string): Promise<Commit | undefined> {
  const { git } = call.hub;
  const { dir } = call.repository;
  // A branch comes before a tag or an abbreviated sha of the same name.
  return (
    (await readCommit(git, dir, `refs/heads/${revision}`)) ?? (await readCommit(git, dir, revision))
  );
}

async function list(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, query } = call;
  const start = await commitOf(call, query.get('sha') ?? repository.defaultBranch);
  if (!start) throw notFound();
  const path = query.get('path');
  const only = path === null ? [] : ['--', path];
  const commits = await listCommits(hub.git, repository.dir, [
    '--max-count=1000',
    start.sha,
    ...only,
  ]);
  return listAnswer(call, commits, (commit) => commitPayload(hub.world, repository, { commit }));
}

async function get(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, accept } = call;
  const ref = param(call, 'ref');
  const commit = await commitOf(call, ref);
  if (!commit) throw unprocessable(`No commit found for SHA: ${ref}`);
  const range = { from: commit.parents[0] ?? EMPTY_TREE, to: commit.sha };
  if (/\bsha\b/.test(accept)) {
    return {
      status: 200,
      raw: { type: 'application/vnd.github.sha', bytes: Buffer.from(commit.sha) },
    };
  }
  const text = await asText(call, range);
  if (text) return text;
  const files = await diffFiles(hub.git, repository.dir, range);
  return { status: 200, body: commitPayload(hub.world, repository, { commit, files }) };
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const { git, world } = hub;
  const [base, head] = await endsOf(call);
  const fork = await mergeBase(git, repository.dir, { from: base.sha, to: head.sha });
  const common = fork === undefined ? undefined : await readCommit(git, repository.dir, fork);
  if (!common) throw new GithubError(404, 'No common ancestor between the two commits.');
  const text = await asText(call, { from: common.sha, to: head.sha });
  if (text) return text;
  const ahead = await listCommits(git, repository.dir, ['--reverse', `${base.sha}..${head.sha}`]);
  const behind = Number(
    await git.text(repository.dir, ['rev-list', '--count', `${head.sha}..${base.sha}`]),
  );
  const files = await diffFiles(git, repository.dir, { from: common.sha, to: head.sha });
  const { items, headers } = page(call, ahead);
  const name = param(call, 'basehead');
  const html = `${repositoryPage(world, repository)}/compare/${name}`;
  return {
    status: 200,
    headers,
    body: {
      url: `${repositoryUrl(world, repository)}/compare/${name}`,
      html_url: html,
      permalink_url: `${repositoryPage(world, repository)}/compare/${base.sha}...${head.sha}`,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitPayload(world, repository, { commit: base }),
      merge_base_commit: commitPayload(world, repository, { commit: common }),
      status: relation(ahead.length, behind),
      ahead_by: ahead.length,
      behind_by: behind,
      total_commits: ahead.length,
      commits: items.map((commit) => commitPayload(world, repository, { commit })),
      // GitHub shows at most 300 files, and those on the first page only.
      files: files
        .slice(0, 300)
        .map((file) => filePayload(world, repository, { file, ref: head.sha })),
    },
  };
}

async function endsOf(call: RepositoryCall): Promise<[Commit, Commit]> {
  const [from = '', to = ''] = param(call, 'basehead').split('...');
  const [base, head] = await Promise.all(
    [from, to].map((end) => commitOf(call, end.slice(end.lastIndexOf(':') + 1))),
  );
  if (!base || !head) throw notFound();
  return [base, head];
}

function relation(ahead: number, behind: number): string {
  if (ahead === 0 && behind === 0) return 'identical';
  if (behind === 0) return 'ahead';
  return ahead === 0 ? 'behind' : 'diverged';
}

/** The answer in the `diff` or `patch` media type where the caller asks for one. */
export async function asText(
  call: RepositoryCall,
  range: Readonly<{ from: string; to: string }>,
): Promise<Answer | undefined> {
  const { git } = call.hub;
  const kind = /application\/vnd\.github\.(?:v3\.)?(diff|patch)\b/.exec(call.accept)?.[1];
  if (kind === undefined) return undefined;
  const make = kind === 'diff' ? diffText : patchText;
  const bytes = await make(git, call.repository.dir, range);
  return { status: 200, raw: { type: `application/vnd.github.${kind}; charset=utf-8`, bytes } };
}

async function listBranches(call: RepositoryCall): Promise<Answer> {
  const refs = await listRefs(call.hub.git, call.repository.dir, 'refs/heads');
  const wanted = call.query.get('protected');
  const shown = refs
    .map((ref) => shortBranch(call, ref))
    .filter((branch) => wanted === null || String(branch.protected) === wanted);
  return listAnswer(call, shown, (branch) => branch);
}

function shortBranch(call: RepositoryCall, ref: Ref) {
  const name = ref.ref.slice('refs/heads/'.length);
  const url = repositoryUrl(call.hub.world, call.repository);
  return {
    name,
    commit: { sha: ref.sha, url: `${url}/commits/${ref.sha}` },
    protected: call.repository.protectedBranches.has(name),
  };
}

async function getBranch(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const name = param(call, 'branch');
  const ref = await readRef(hub.git, repository.dir, `refs/heads/${name}`);
  const commit = ref && (await readCommit(hub.git, repository.dir, ref.sha));
  if (!ref || !commit) throw new GithubError(404, 'Branch not found');
  const url = `${repositoryUrl(hub.world, repository)}/branches/${name}`;
  const guarded = repository.protectedBranches.has(name);
  return {
    status: 200,
    body: {
      name,
      commit: commitPayload(hub.world, repository, { commit }),
      _links: { self: url, html: `${repositoryPage(hub.world, repository)}/tree/${name}` },
      protected: guarded,
      protection: { enabled: guarded },
      protection_url: `${url}/protection`,
    },
  };
}

async function contents(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  if (repository.empty) throw new GithubError(404, 'This repository is empty.');
  const ref = call.query.get('ref') ?? repository.defaultBranch;
  const commit = await commitOf(call, ref.replace(/^refs\/heads\//, ''));
  if (!commit) throw new GithubError(404, `No commit found for the ref ${ref}`);
  const path = param(call, 'path').replace(/^\/+|\/+$/g, '');
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const siblings = await childrenOf(call, commit, parent);
  const entry = siblings.find((candidate) => candidate.path === path);
  if (!entry) throw notFound();
  if (entry.type === 'tree') {
    const children = await childrenOf(call, commit, path);
    return { status: 200, body: children.map((child) => contentBase(call, { entry: child, ref })) };
  }
  const blob =
    entry.type === 'blob' ? await readObject(hub.git, repository.dir, entry.sha) : undefined;
  if (blob && /application\/vnd\.github\.(?:v3\.)?raw\b/.test(call.accept)) {
    return {
      status: 200,
      raw: { type: 'application/vnd.github.raw; charset=utf-8', bytes: blob.bytes },
    };
  }
  return {
    status: 200,
    body: {
      ...contentBase(call, { entry, ref }),
      ...contentOf(entry, blob?.bytes ?? Buffer.alloc(0)),
    },
  };
}

async function childrenOf(
  call: RepositoryCall,
  commit: Commit,
  folder: string,
): Promise<TreeEntry[]> {
  const { git } = call.hub;
  const { dir } = call.repository;
  const tree = await readObject(git, dir, folder === '' ? commit.tree : `${commit.sha}:${folder}`);
  if (tree?.type !== 'tree') return [];
  const entries = await listTree(git, dir, { tree: tree.sha, recursive: false });
  return entries.map((entry) => ({
    ...entry,
    path: folder === '' ? entry.path : `${folder}/${entry.path}`,
  }));
}

const TYPES = { blob: 'file', tree: 'dir', commit: 'submodule' } as const;

function contentBase(call: RepositoryCall, at: Readonly<{ entry: TreeEntry; ref: string }>) {
  const { entry, ref } = at;
  const url = repositoryUrl(call.hub.world, call.repository);
  const html = repositoryPage(call.hub.world, call.repository);
  const where = entry.path.split('/').map(encodeURIComponent).join('/');
  const self = `${url}/contents/${where}?ref=${encodeURIComponent(ref)}`;
  const folder = entry.type === 'tree';
  const git = `${url}/git/${folder ? 'trees' : 'blobs'}/${entry.sha}`;
  const page = `${html}/${folder ? 'tree' : 'blob'}/${ref}/${where}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: self,
    html_url: page,
    git_url: git,
    download_url: folder ? null : `${html}/raw/${ref}/${where}`,
    type: entry.mode === '120000' ? 'symlink' : TYPES[entry.type],
    _links: { self, git, html: page },
  };
}

function contentOf(entry: TreeEntry, bytes: Buffer) {
  if (entry.type === 'commit') return { submodule_git_url: null };
  if (entry.mode === '120000') return { target: bytes.toString('utf8') };
  // From one megabyte on the content is left out, and the caller must ask for the raw bytes.
  if (bytes.length > 1_048_576) return { content: '', encoding: 'none' };
  return {
    content: bytes.toString('base64').replace(/.{60}(?!$)|.+$/g, '$&\n'),
    encoding: 'base64',
  };
}
