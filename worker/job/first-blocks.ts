import { type FirstBlock, type FirstMessageInput, firstMessages } from '../agent/prompt.ts';
import { readInstructions } from '../workspace/instructions.ts';
import { repositoryOverview } from '../workspace/overview.ts';

type FirstBlocksInput = Omit<FirstMessageInput, 'instructions' | 'overview'> &
  Readonly<{
    gitDir: string;
    /** Where instruction files are read when the work starts at a commit that is not trusted. */
    trustedSha?: string | undefined;
  }>;

/** The first message of a run: the task, and what the base commit says about the repository. Throws `GitError`. */
export async function firstBlocks({
  gitDir,
  trustedSha,
  ...input
}: FirstBlocksInput): Promise<readonly FirstBlock[]> {
  const from = { gitDir, sha: input.baseSha };
  return firstMessages({
    ...input,
    instructions: await readInstructions({ gitDir, sha: trustedSha ?? input.baseSha }),
    overview: await repositoryOverview(from),
  });
}
