import { z } from 'zod';

import { holds, type Needs } from './access.ts';
import { isSha, objectTypes, readObject, writeBlobs } from './git-objects.ts';
import { listTree, type TreeChange, writeTree } from './git-trees.ts';
import { GitFailure } from './git.ts';
import { GithubError, notAccessible, notFound, unprocessable } from './github-error.ts';
import { writeLoose } from './loose-objects.ts';
import { nodeId } from './payload-account.ts';
import { repositoryUrl } from './payload-repository.ts';
import {
  type Answer,
  param,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';

const READ: Needs = { any: ['contents=read'], role: 'read' };
const WRITE: Needs = { any: ['contents=write'], role: 'write' };
const GIT = '/repos/{owner}/{repo}/git';

const BlobBody = z.object({ content: z.string(), encoding: z.string().optional() });
const TreeBody = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string().optional(),
      mode: z.string().optional(),
      type: z.string().optional(),
      sha: z.string().nullish(),
      content: z.string().optional(),
    }),
  ),
});
/** The Git Data routes of blobs and trees. What they write has the SHA-1 that git itself would give it. */
export const gitRoutes: readonly Route[] = [
  repositoryRoute(`POST ${GIT}/blobs`, WRITE, filled(createBlob)),
  repositoryRoute(`GET ${GIT}/blobs/{file_sha}`, READ, filled(getBlob)),
  repositoryRoute(`POST ${GIT}/trees`, WRITE, filled(createTree)),
  repositoryRoute(`GET ${GIT}/trees/{tree_sha}`, READ, filled(getTree)),
];

/** Wraps a handler with GitHub's refusal for repositories without a commit. */
export function filled(
  handle: (call: RepositoryCall) => Promise<Answer>,
): (call: RepositoryCall) => Promise<Answer> {
  return (call) => {
    if (call.repository.empty) throw new GithubError(409, 'Git Repository is empty.');
    return handle(call);
  };
}

async function createBlob(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const body = readBody(call, BlobBody);
  const encoding = body.encoding ?? 'utf-8';
  if (encoding !== 'utf-8' && encoding !== 'base64') {
    throw unprocessable(`Invalid encoding: ${encoding}`);
  }
  const bytes = Buffer.from(body.content, encoding === 'base64' ? 'base64' : 'utf8');
  const sha = await writeLoose(repository.dir, { type: 'blob', bytes });
  const url = `${repositoryUrl(hub.world, repository)}/git/blobs/${sha}`;
  return { status: 201, body: { sha, url }, headers: { location: url } };
}

async function getBlob(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const blob = await readObject(hub.git, repository.dir, shaParam(call, 'file_sha'));
  if (blob?.type !== 'blob') throw notFound();
  if (/\braw\b/.test(call.accept)) {
    return { status: 200, raw: { type: 'application/vnd.github.raw', bytes: blob.bytes } };
  }
  return {
    status: 200,
    body: {
      sha: blob.sha,
      node_id: nodeId('B', `${repository.id}:${blob.sha}`),
      size: blob.bytes.length,
      url: `${repositoryUrl(hub.world, repository)}/git/blobs/${blob.sha}`,
      content: blob.bytes.toString('base64').replace(/.{60}(?!$)|.+$/g, '$&\n'),
      encoding: 'base64',
    },
  };
}

async function createTree(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const body = readBody(call, TreeBody);
  const base = body.base_tree === undefined ? null : await treeSha(call, body.base_tree);
  if (body.tree.length === 0) throw unprocessable('Invalid tree info');
  requireWorkflows(
    call,
    body.tree.map((entry) => entry.path ?? ''),
  );
  const changes = await toChanges(call, body.tree, base);
  try {
    const sha = await writeTree(hub.git, repository.dir, { base, changes });
    return { status: 201, body: await treePayload(call, { sha, recursive: false }) };
  } catch (error) {
    if (error instanceof GitFailure) throw unprocessable('GitRPC::BadObjectState');
    throw error;
  }
}

type TreeEntryBody = z.infer<typeof TreeBody>['tree'][number];

async function toChanges(
  call: RepositoryCall,
  entries: readonly TreeEntryBody[],
  base: string | null,
): Promise<TreeChange[]> {
  const { dir } = call.repository;
  const inline = entries.filter((entry) => entry.content !== undefined);
  const written = await writeBlobs(
    dir,
    inline.map((entry) => Buffer.from(entry.content ?? '')),
  );
  const shas = new Map(inline.map((entry, index) => [entry, written[index]]));
  await checkEntries(call, entries);
  const gone = entries.filter((entry) => entry.sha === null && entry.content === undefined);
  await checkDeletions(
    call,
    gone.map((entry) => entry.path ?? ''),
    base,
  );
  return entries.map((entry) => ({
    path: entry.path ?? '',
    mode: entry.mode ?? '100644',
    sha: shas.get(entry) ?? entry.sha ?? null,
  }));
}

const TYPE_OF_MODE: Readonly<Record<string, string>> = { '040000': 'tree', '160000': 'commit' };

async function checkEntries(
  call: RepositoryCall,
  entries: readonly TreeEntryBody[],
): Promise<void> {
  for (const { path = '', mode, sha, content } of entries) {
    const parts = path.split('/');
    if (
      path === '' ||
      parts.some((part) => ['', '.', '..'].includes(part) || /^\.git$/i.test(part))
    ) {
      throw unprocessable('tree.path contains a malformed path component');
    }
    if (mode === undefined) throw unprocessable('Must supply a valid tree.mode');
    if (sha !== undefined && sha !== null && content !== undefined) {
      throw unprocessable('Must supply either tree.sha or tree.content, not both');
    }
    if (sha === undefined && content === undefined) {
      throw unprocessable('Must supply tree.sha or tree.content');
    }
  }
  const named = entries.filter((entry) => typeof entry.sha === 'string' && entry.mode !== '160000');
  const malformed = named.find((entry) => !isSha(entry.sha ?? ''));
  if (malformed) throw unprocessable(`tree.sha ${malformed.sha} is not a valid blob`);
  const types = await objectTypes(
    call.hub.git,
    call.repository.dir,
    named.map((entry) => entry.sha ?? ''),
  );
  for (const [index, entry] of named.entries()) {
    const wanted = TYPE_OF_MODE[entry.mode ?? ''] ?? 'blob';
    if (types[index] !== wanted)
      throw unprocessable(`tree.sha ${entry.sha} is not a valid ${wanted}`);
  }
}

async function checkDeletions(
  call: RepositoryCall,
  paths: readonly string[],
  base: string | null,
): Promise<void> {
  if (paths.length === 0) return;
  const entries =
    base === null
      ? []
      : await listTree(call.hub.git, call.repository.dir, { tree: base, recursive: true });
  const known = new Set(entries.map((entry) => entry.path));
  if (paths.some((path) => !known.has(path))) throw unprocessable('GitRPC::BadObjectState');
}

/** The Git Data routes ask for the same extra permission as a push that touches a workflow. */
function requireWorkflows(call: RepositoryCall, paths: readonly string[]): void {
  const { principal } = call;
  const touches = paths.some((path) => path.toLowerCase().startsWith('.github/workflows/'));
  if (!touches || principal.type !== 'installation') return;
  if (!holds(principal, 'workflows=write')) {
    throw notAccessible('contents=write,workflows=write');
  }
}

async function treeSha(call: RepositoryCall, revision: string): Promise<string> {
  const found = await readObject(call.hub.git, call.repository.dir, `${revision}^{tree}`);
  if (found?.type !== 'tree') throw unprocessable('base_tree is not a valid tree oid');
  return found.sha;
}

async function getTree(call: RepositoryCall): Promise<Answer> {
  const revision = param(call, 'tree_sha');
  const tree = await readObject(call.hub.git, call.repository.dir, `${revision}^{tree}`);
  if (tree?.type !== 'tree') throw notFound();
  const recursive = call.query.has('recursive');
  return { status: 200, body: await treePayload(call, { sha: tree.sha, recursive }) };
}

async function treePayload(
  call: RepositoryCall,
  tree: Readonly<{ sha: string; recursive: boolean }>,
) {
  const url = `${repositoryUrl(call.hub.world, call.repository)}/git`;
  const entries = await listTree(call.hub.git, call.repository.dir, {
    tree: tree.sha,
    recursive: tree.recursive,
  });
  // GitHub cuts a recursive listing at 100,000 entries.
  return {
    sha: tree.sha,
    url: `${url}/trees/${tree.sha}`,
    tree: entries.slice(0, 100_000).map(({ path, mode, type, sha, size }) => ({
      path,
      mode,
      type,
      sha,
      ...(size !== null && { size }),
      ...(type !== 'commit' && { url: `${url}/${type}s/${sha}` }),
    })),
    truncated: entries.length > 100_000,
  };
}

/** A path parameter that must be a full sha. Throws 422. */
export function shaParam(call: RepositoryCall, name: string): string {
  const sha = param(call, name);
  if (!isSha(sha))
    throw unprocessable(
      'The sha parameter must be exactly 40 characters and contain only [0-9a-f].',
    );
  return sha;
}
