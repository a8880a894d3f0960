import { UserError } from '../errors.ts';
import type { RepositoryRef } from '../request.ts';
import { answeredStatus } from './known-message.ts';
import type { Github } from './octokit.ts';
import { mayWrite, requesterPermission } from './permission.ts';

/** An account as GitHub shows it beside what it wrote. */
export type Author = Readonly<{ id: number; login: string; type: string }>;

/**
 * Returns a function that tells whether an author may write in the repository now. It asks GitHub once
 * per account; no answer means no permission. Bots have none, but for those whose ids the operator lists
 * (`bots`), which are asked about as well. Throws what Octokit throws when GitHub is out.
 */
export function createWriteCheck(
  github: Github,
  repository: Pick<RepositoryRef, 'owner' | 'name'>,
  bots: readonly number[] = [],
): (author: Author | null | undefined) => Promise<boolean> {
  const known = new Map<number, Promise<boolean>>();
  return async (author) => {
    if (!author) return false;
    const { id, login, type } = author;
    if (type !== 'User' && !(type === 'Bot' && bots.includes(id))) return false;
    const answer = known.get(id) ?? mayWriteNow(github, repository, { id, login });
    known.set(id, answer);
    return answer;
  };
}

async function mayWriteNow(
  github: Github,
  repository: Pick<RepositoryRef, 'owner' | 'name'>,
  user: Readonly<{ id: number; login: string }>,
): Promise<boolean> {
  try {
    return mayWrite(await requesterPermission(github, { repository, user }));
  } catch (error) {
    if (error instanceof UserError || answeredStatus(error) === 404) return false;
    throw error;
  }
}
