import { z } from 'zod';
import type { RepositoryRef } from '../request.ts';
import { answeredStatus, knownMessage } from './known-message.ts';
import type { Github } from './octokit.ts';

/** A repository as GitHub shows it now. */
export type ResolvedRepository = Readonly<{
  repository: RepositoryRef;
  archived: boolean;
  fork: boolean;
  default_branch: string;
  /** True when it has no commit at all. */
  empty: boolean;
  /** Head of the default branch; undefined when there is none. */
  default_sha: string | undefined;
}>;

const Answer = z.object({
  id: z.number().int(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  private: z.boolean(),
  archived: z.boolean().default(false),
  fork: z.boolean().default(false),
  default_branch: z.string(),
});

/**
 * Finds a repository by its numeric id, or by owner and name (a renamed one is followed). Returns its identity
 * and state, or undefined when GitHub does not show it to this token. Throws what Octokit throws otherwise.
 */
export async function resolveRepository(
  github: Github,
  which: Readonly<{ id: number } | { owner: string; name: string }>,
): Promise<ResolvedRepository | undefined> {
  const data = await readRepository(github, which);
  if (data === undefined) return undefined;
  const answer = Answer.parse(data);
  const repository = identity(answer);
  const head = await readHead(github, { repository, branch: answer.default_branch });
  return {
    repository,
    archived: answer.archived,
    fork: answer.fork,
    default_branch: answer.default_branch,
    empty: head.empty,
    default_sha: head.sha,
  };
}

/**
 * Returns a repository's present name and visibility by its id, or undefined when GitHub does not show it to this
 * token. Throws what Octokit throws otherwise.
 */
export async function repositoryById(
  github: Github,
  id: number,
): Promise<RepositoryRef | undefined> {
  const data = await readRepository(github, { id });
  return data === undefined ? undefined : identity(Answer.parse(data));
}

function identity({ id, owner, name, private: hidden }: z.infer<typeof Answer>): RepositoryRef {
  return { id, owner: owner.login, name, private: hidden };
}

/** The sha at which a branch stands, or undefined when the branch does not exist. */
export async function branchSha(
  github: Github,
  which: Readonly<{ repository: Pick<RepositoryRef, 'owner' | 'name'>; branch: string }>,
): Promise<string | undefined> {
  return (await readHead(github, which)).sha;
}

async function readRepository(
  github: Github,
  which: Readonly<{ id: number } | { owner: string; name: string }>,
): Promise<unknown> {
  try {
    const response =
      'id' in which
        ? await github.request('GET /repositories/{repository_id}', { repository_id: which.id })
        : await github.rest.repos.get({ owner: which.owner, repo: which.name });
    return response.data;
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}

const Ref = z.object({ object: z.object({ sha: z.string() }) });

async function readHead(
  github: Github,
  which: Readonly<{ repository: Pick<RepositoryRef, 'owner' | 'name'>; branch: string }>,
): Promise<{ sha: string | undefined; empty: boolean }> {
  try {
    const { data } = await github.rest.git.getRef({
      owner: which.repository.owner,
      repo: which.repository.name,
      ref: `heads/${which.branch}`,
    });
    return { sha: Ref.parse(data).object.sha, empty: false };
  } catch (error) {
    if (knownMessage(error) === 'repository_empty') return { sha: undefined, empty: true };
    if (answeredStatus(error) === 404) return { sha: undefined, empty: false };
    throw error;
  }
}
