import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { header } from './loose-object.ts';
import type { TreeFile } from './tree-folder.ts';

const CHUNK = 1024 * 1024;

/** Reads an open file, no further than it reached when it was opened. */
export function readWhole({ descriptor, stat }: TreeFile): Buffer {
  const content = Buffer.allocUnsafe(stat.size);
  let at = 0;
  while (at < content.length) {
    const read = readSync(descriptor, content, at, content.length - at, at);
    if (read === 0) break;
    at += read;
  }
  return content.subarray(0, at);
}

/** The name that git gives to an open file's content, which is not kept in memory. */
export function nameOfFile({ descriptor, stat }: TreeFile): string {
  const hash = createHash('sha1').update(header(stat.size));
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let at = 0; at < stat.size;) {
    const read = readSync(descriptor, chunk, 0, Math.min(CHUNK, stat.size - at), at);
    if (read === 0) break;
    hash.update(chunk.subarray(0, read));
    at += read;
  }
  return hash.digest('hex');
}
