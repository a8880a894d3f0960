import { type FirstBlock, type FirstMessageInput, firstMessages } from '../agent/prompt.ts';
import type { Commits } from '../workspace/commit.ts';
import { readInstructions } from '../workspace/instructions.ts';
import { repositoryOverview } from '../workspace/overview.ts';
import { readPullRequestTemplate } from '../workspace/pull-request-template.ts';

type FirstBlocksInput = Omit<FirstMessageInput, 'instructions' | 'overview' | 'template'> &
  Readonly<{
    commits: Commits;
    /** Where instruction files are read when the work starts at a commit that is not trusted. */
    trustedSha?: string | undefined;
    /** True when the run is to end in a pull request of its own. */
    opensPullRequest?: boolean;
  }>;

/** The first message of a run: the task, and what the base commit says about the repository. Throws `GitError`. */
export async function firstBlocks({
  commits,
  trustedSha,
  opensPullRequest,
  ...input
}: FirstBlocksInput): Promise<readonly FirstBlock[]> {
  const trusted = commits(trustedSha ?? input.baseSha);
  return firstMessages({
    ...input,
    instructions: await readInstructions(trusted),
    overview: await repositoryOverview(commits(input.baseSha)),
    template: opensPullRequest ? await readPullRequestTemplate(trusted) : undefined,
  });
}
