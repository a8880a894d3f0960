import { z } from 'zod';
import type { RepositoryRef } from '../request.ts';
import { answeredStatus } from './known-message.ts';
import type { Github } from './octokit.ts';

/** What stands at a path. `other` is no file: a folder, a link, a submodule, or far too large. */
export type FoundContent =
  | Readonly<{ type: 'file'; sha: string; bytes: Buffer }>
  | Readonly<{ type: 'other'; what: string }>
  | Readonly<{ type: 'missing' }>;

const Answer = z.object({
  type: z.string(),
  sha: z.string(),
  encoding: z.string().optional(),
  content: z.string().optional(),
});

type Which = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  path: string;
  /** A commit; the default branch when absent. */
  ref?: string | undefined;
}>;

/** Reads one small file of a repository. Throws what Octokit throws, but for a file that is missing. */
export async function readContent(github: Github, which: Which): Promise<FoundContent> {
  const data = await ask(github, which);
  if (data === undefined) return { type: 'missing' };
  if (Array.isArray(data)) return { type: 'other', what: 'is a folder' };
  const { type, sha, encoding, content } = Answer.parse(data);
  if (type !== 'file') return { type: 'other', what: `is a ${type}` };
  // What GitHub does not send in this form is far too large for what is read here.
  if (encoding !== 'base64') return { type: 'other', what: 'is too large' };
  return { type: 'file', sha, bytes: Buffer.from(content ?? '', 'base64') };
}

async function ask(github: Github, { repository, path, ref }: Which): Promise<unknown> {
  try {
    const { data } = await github.rest.repos.getContent({
      owner: repository.owner,
      repo: repository.name,
      path,
      ...(ref === undefined ? {} : { ref }),
    });
    return data;
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}
