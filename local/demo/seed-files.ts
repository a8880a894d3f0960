import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** All files below a folder as text, by their path inside it with `/` between the parts. */
export async function readSeedFiles(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name);
        const name = relative(folder, file).split(sep).join('/');
        return [name, await readFile(file, 'utf8')] as const;
      }),
  );
  return Object.fromEntries(files);
}
