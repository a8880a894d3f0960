import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Git } from './git.ts';
import { NO_SHA } from './git-refs.ts';

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
  git: Git,
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
  const input = Buffer.concat([
    Buffer.from(`commit refs/heads/${branch}\nmark :1\nauthor ${at}\ncommitter ${at}\n`),
    data('Initial commit\n'),
    ...changes(files),
    ...Object.entries(seed.branches ?? {}).flatMap(([name, changed]) => [
      Buffer.from(`commit refs/heads/${name}\nauthor ${at}\ncommitter ${at}\n`),
      data('Say more\n'),
      Buffer.from('from :1\n'),
      ...changes(changed),
    ]),
    Buffer.from('get-mark :1\n'),
  ]);
  const result = await git.run(dir, ['fast-import', '--quiet'], { input });
  return result.stdout.toString('utf8').trim();
}

function changes(files: SeedFiles): readonly Buffer[] {
  return Object.entries(files).flatMap(([name, file]) => {
    const { content, mode = '100644' } = typeof file === 'string' ? { content: file } : file;
    return [Buffer.from(`M ${mode} inline ${quoted(name)}\n`), data(content)];
  });
}

/** A counted block of git's fast-import stream. */
function data(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

/** A path as git's fast-import reads it. */
function quoted(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
