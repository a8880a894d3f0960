import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';

const compress = promisify(deflate);

/** The name that git gives to a file's content. */
export function blobName(content: Buffer): string {
  return createHash('sha1').update(header(content.length)).update(content).digest('hex');
}

/** What git hashes before a file's content of this many bytes. */
export function header(size: number): string {
  return `blob ${String(size)}\0`;
}

/**
 * Stores a file's content in a git directory under its name, if it is not there yet.
 * Source: git, Documentation/gitformat-loose.txt.
 */
export async function writeBlob(gitDir: string, sha: string, content: Buffer): Promise<void> {
  const file = join(gitDir, 'objects', sha.slice(0, 2), sha.slice(2));
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  const bytes = await compress(Buffer.concat([Buffer.from(header(content.length)), content]), {
    level: 1,
  });
  const temporary = join(gitDir, 'objects', `tmp_obj_${randomUUID()}`);
  await writeFile(temporary, bytes, { mode: 0o444 });
  await rename(temporary, file);
}
