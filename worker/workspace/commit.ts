import { type TreeFile, listTree } from './objects.ts';

/** A commit of a trusted git directory. With `files` it has been opened, and is listed once for all its readers. */
export type Commit = Readonly<{
  gitDir: string;
  sha: string;
  /** All files, in git's order, submodules included. Throws `GitError`. */
  files?: () => Promise<readonly TreeFile[]>;
}>;

/** Opens a commit: what reads it afterwards shares one listing, which git makes at the first use. */
export function openCommit({ gitDir, sha }: Readonly<{ gitDir: string; sha: string }>): Commit {
  let listed: Promise<readonly TreeFile[]> | undefined;
  const files = () => {
    listed ??= listTree({ gitDir }, sha);
    return listed;
  };
  return { gitDir, sha, files };
}

/** Finds the commits of one git directory by sha, each opened once. */
export type Commits = (sha: string) => Commit;

/** Opens commits of a git directory as they are asked for; the directory need not exist yet. */
export function openCommits(gitDir: string): Commits {
  const opened = new Map<string, Commit>();
  return (sha) => {
    const known = opened.get(sha) ?? openCommit({ gitDir, sha });
    opened.set(sha, known);
    return known;
  };
}

/** All files of a commit, in git's order, submodules included. Throws `GitError`. */
export async function filesOf(commit: Commit): Promise<readonly TreeFile[]> {
  return commit.files ? commit.files() : listTree({ gitDir: commit.gitDir }, commit.sha);
}
