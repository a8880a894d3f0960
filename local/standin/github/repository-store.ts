import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { NO_SHA } from './git-refs.ts';
import { type LooseEntry, writeLoose, writeLooseTree } from './loose-objects.ts';

/** A file to seed: its text, or its bytes with a mode. */
export type SeedFile =
  string | Readonly<{ content: string | Buffer; mode?: '100644' | '100755' | '120000' }>;

/**
 * Refuses what GitHub refuses on push: refs of pull requests, workflow files from an App without the `workflows` permission, and rewriting or
 * deleting a protected branch. The stand-in passes its decisions in the two variables.
 */
const PRE_RECEIVE = `#!/bin/sh
zero=${NO_SHA}
while read -r old new ref; do
  case "$ref" in
    refs/pull/*)
      echo "error: deny updating a hidden ref: $ref" >&2
      exit 1
      ;;
  esac
  case " $STANDIN_PROTECTED " in
    *" $ref "*)
      if [ "$new" = "$zero" ] || { [ "$old" != "$zero" ] && ! git merge-base --is-ancestor "$old" "$new"; }; then
        echo "error: GH006: Protected branch update failed for $ref." >&2
        exit 1
      fi
      ;;
  esac
  if [ -n "$STANDIN_APP_WITHOUT_WORKFLOWS" ] && [ "$new" != "$zero" ]; then
    file=$(git log --format= --name-only --diff-filter=AMRT "$new" --not --all -- .github/workflows | head -n 1)
    if [ -n "$file" ]; then
      echo "refusing to allow a GitHub App to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission" >&2
      exit 1
    fi
  fi
done
`;

/** Makes an empty bare repository that serves as GitHub serves: any sha may be fetched, filters are allowed. */
export async function createBareRepository(dir: string, defaultBranch: string): Promise<void> {
  await mkdir(path.join(dir, 'objects'), { recursive: true });
  await mkdir(path.join(dir, 'refs', 'heads'), { recursive: true });
  await writeFile(path.join(dir, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  const config = [
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true',
    '[http]\n\treceivepack = true',
    '[uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true',
    '[receive]\n\tautogc = false',
    '[gc]\n\tauto = 0',
  ];
  await writeFile(path.join(dir, 'config'), `${config.join('\n')}\n`);
  await mkdir(path.join(dir, 'hooks'), { recursive: true });
  await writeFile(path.join(dir, 'hooks', 'pre-receive'), PRE_RECEIVE, { mode: 0o755 });
}

export type SeedFiles = Readonly<Record<string, SeedFile>>;

/** Commits the files as the repository's first commit and returns its SHA-1. */
export async function seedFiles(
  dir: string,
  seed: Readonly<{
    branch: string;
    files: SeedFiles;
    /** What other branches change in one commit more. */
    branches?: Readonly<Record<string, SeedFiles>> | undefined;
    author: Readonly<{ name: string; email: string }>;
    date: number;
  }>,
): Promise<string> {
  const { branch, author, files } = seed;
  const at = `${author.name} <${author.email}> ${Math.floor(seed.date / 1000)} +0000`;
  const head = await commit(dir, files, { at, message: 'Initial commit\n' });
  await writeRef(dir, branch, head);
  for (const [name, changed] of Object.entries(seed.branches ?? {})) {
    const more = { at, message: 'Say more\n', parent: head };
    await writeRef(dir, name, await commit(dir, { ...files, ...changed }, more));
  }
  return head;
}

async function commit(
  dir: string,
  files: SeedFiles,
  { at, message, parent }: Readonly<{ at: string; message: string; parent?: string }>,
): Promise<string> {
  const tree = await writeFolder(dir, Object.entries(files));
  const parents = parent === undefined ? '' : `parent ${parent}\n`;
  const text = `tree ${tree}\n${parents}author ${at}\ncommitter ${at}\n\n${message}`;
  return writeLoose(dir, { type: 'commit', bytes: Buffer.from(text) });
}

/** Writes a folder with all that is below it and returns its tree's SHA-1. Paths are relative to the folder. */
async function writeFolder(
  dir: string,
  files: readonly (readonly [string, SeedFile])[],
): Promise<string> {
  const folders = new Map<string, [string, SeedFile][]>();
  const entries: LooseEntry[] = [];
  for (const [name, file] of files) {
    const slash = name.indexOf('/');
    if (slash < 0) entries.push({ name, ...(await writeBlob(dir, file)) });
    else {
      const folder = name.slice(0, slash);
      const inside: [string, SeedFile] = [name.slice(slash + 1), file];
      folders.set(folder, [...(folders.get(folder) ?? []), inside]);
    }
  }
  for (const [name, inside] of folders)
    entries.push({ name, mode: '40000', sha: await writeFolder(dir, inside) });
  return writeLooseTree(dir, entries);
}

async function writeBlob(dir: string, file: SeedFile) {
  const { content, mode = '100644' } = typeof file === 'string' ? { content: file } : file;
  return { mode, sha: await writeLoose(dir, { type: 'blob', bytes: Buffer.from(content) }) };
}

async function writeRef(dir: string, branch: string, sha: string): Promise<void> {
  const file = path.join(dir, 'refs', 'heads', branch);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${sha}\n`);
}
