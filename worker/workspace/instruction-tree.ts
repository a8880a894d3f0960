import { claudeImports } from './claude-imports.ts';
import { type Commit, filesOf } from './commit.ts';
import { type TreeFile, readBlobs } from './objects.ts';

/** One file as it stands in the commit. */
export type FoundFile = Readonly<{ path: string; sha: string; bytes: Buffer }>;

/** The files of a commit that can speak to agents. */
export type InstructionTree = Readonly<{
  isFolder: (path: string) => boolean;
  /** Paths below `folder` that end with `suffix`, in git's order. */
  below: (folder: string, suffix: string) => readonly string[];
  /** The regular files among `paths`, in that order. Throws `GitError`. */
  read: (paths: readonly string[]) => Promise<readonly FoundFile[]>;
  /** A file with what it imports behind it, up to five files deep. Throws `GitError`. */
  readWithImports: (path: string) => Promise<readonly FoundFile[]>;
}>;

const IMPORT_DEPTH = 5;
// No instruction file is longer than this; one that is has lost its purpose.
const FILE_MAX = 1024 * 1024;

/** Lists a commit. Throws `GitError`. */
export async function openInstructionTree(from: Commit): Promise<InstructionTree> {
  const files = (await filesOf(from)).filter(isRegular);
  const byPath = new Map(files.map((file) => [file.path, file]));

  const read = async (paths: readonly string[]) => {
    const found = paths.flatMap((path) => byPath.get(path) ?? []);
    const blobs = await readBlobs(
      from,
      found.map(({ sha }) => sha),
    );
    return found.map(({ path, sha }, at) => ({ path, sha, bytes: blobs[at] ?? Buffer.alloc(0) }));
  };

  const readWithImports = async (path: string) => {
    const all: FoundFile[] = [];
    let level: readonly string[] = [path];
    for (let depth = 0; depth <= IMPORT_DEPTH && level.length > 0; depth += 1) {
      const found = await read(level.filter((one) => !all.some((file) => file.path === one)));
      all.push(...found);
      level = found.flatMap((file) => claudeImports(file.bytes.toString('utf8'), file.path));
      level = [...new Set(level)];
    }
    return all;
  };

  return {
    isFolder: (path) => files.some((file) => file.path.startsWith(`${path}/`)),
    below: (folder, suffix) =>
      files.flatMap(({ path }) =>
        path.startsWith(`${folder}/`) && path.endsWith(suffix) ? [path] : [],
      ),
    read,
    readWithImports,
  };
}

// Links could lead out of the repository, submodules are another one.
function isRegular({ mode, size }: TreeFile): boolean {
  return mode !== '120000' && size !== undefined && size <= FILE_MAX;
}
