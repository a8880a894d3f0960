import { createHash } from 'node:crypto';

import type { Commit, Signature } from './git-commits.ts';
import type { FileDiff } from './git-diff.ts';
import type { Ref } from './git-refs.ts';
import { accountPayload, nodeId, time } from './payload-account.ts';
import { repositoryPage, repositoryUrl } from './payload-repository.ts';
import type { Account, Repository, World } from './world.ts';

/** The address under which GitHub hides an account's mail; the host is the server's own. */
export function noreply(world: World, account: Account): string {
  return `${account.id}+${account.login}@users.noreply.${new URL(world.origin).hostname}`;
}

/** The stand-in's seal on a commit: has the form of an armoured signature, and anyone can recompute it. */
export function seal(payload: string): string {
  const body = createHash('sha512').update(`sealed by the stand-in\0${payload}`).digest('base64');
  return `-----BEGIN PGP SIGNATURE-----\n\n${body.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PGP SIGNATURE-----\n`;
}

/** GitHub's `verification` of a commit. */
export function verification(commit: Commit) {
  if (commit.signature === null || commit.payload === null) {
    return {
      verified: false,
      reason: 'unsigned',
      signature: null,
      payload: null,
      verified_at: null,
    };
  }
  const valid = commit.signature === seal(commit.payload);
  return {
    verified: valid,
    reason: valid ? 'valid' : 'unknown_key',
    signature: commit.signature,
    payload: commit.payload,
    verified_at: valid ? time(commit.committer.date) : null,
  };
}

/** GitHub's `git-commit`, the answer of the Git Data routes. */
export function gitCommitPayload(world: World, repository: Repository, commit: Commit) {
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('C', `${repository.id}:${commit.sha}`),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
    verification: verification(commit),
  };
}

/** GitHub's `commit`, the answer of the commit routes. */
export function commitPayload(
  world: World,
  repository: Repository,
  shown: Readonly<{ commit: Commit; files?: readonly FileDiff[] }>,
) {
  const { commit, files } = shown;
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  const total = (key: 'additions' | 'deletions') =>
    (files ?? []).reduce((sum, file) => sum + file[key], 0);
  return {
    sha: commit.sha,
    node_id: nodeId('C', `${repository.id}:${commit.sha}`),
    commit: {
      author: person(commit.author),
      committer: person(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verification(commit),
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: accountOf(world, commit.author),
    committer: accountOf(world, commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
    ...(files && {
      stats: {
        total: total('additions') + total('deletions'),
        additions: total('additions'),
        deletions: total('deletions'),
      },
      files: files.map((file) => filePayload(world, repository, { file, ref: commit.sha })),
    }),
  };
}

/** GitHub's `diff-entry`. */
export function filePayload(
  world: World,
  repository: Repository,
  at: Readonly<{ file: FileDiff; ref: string }>,
) {
  const { file, ref } = at;
  const where = file.filename.split('/').map(encodeURIComponent).join('/');
  const page = repositoryPage(world, repository);
  return {
    sha: file.sha,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${ref}/${where}`,
    raw_url: `${page}/raw/${ref}/${where}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${where}?ref=${ref}`,
    ...(file.patch !== null && { patch: file.patch }),
    ...(file.previousFilename !== null && { previous_filename: file.previousFilename }),
  };
}

/** GitHub's `git-ref`. */
export function refPayload(world: World, repository: Repository, ref: Ref) {
  const url = `${repositoryUrl(world, repository)}/git`;
  return {
    ref: ref.ref,
    node_id: nodeId('REF', `${repository.id}:${ref.ref}`),
    url: `${url}/${ref.ref.split('/').map(encodeURIComponent).join('/')}`,
    object: { sha: ref.sha, type: ref.type, url: `${url}/${ref.type}s/${ref.sha}` },
  };
}

/** GitHub's `simple-commit`, as check suites and webhooks show it. */
export function simpleCommitPayload(commit: Commit) {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: time(commit.committer.date),
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  };
}

function person(signature: Signature) {
  return { name: signature.name, email: signature.email, date: time(signature.date) };
}

function accountOf(world: World, signature: Signature) {
  const account = world.accounts
    .values()
    .find((candidate) => noreply(world, candidate).toLowerCase() === signature.email.toLowerCase());
  return account ? accountPayload(world, account) : null;
}
