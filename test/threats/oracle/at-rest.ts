import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { LeakFinder } from './leaks.ts';

/**
 * Looks through every file below a folder: the table, the bucket, queues, logs, transcripts and journals of a server, and
 * the git objects of a GitHub. What is packed is looked at unpacked as well. Returns `file: what (form)`.
 */
export function leaksAtRest(folder: string, find: LeakFinder): readonly string[] {
  return globSync('**/*', { cwd: folder, exclude: (name) => name === 'node_modules' })
    .map((name) => [name, join(folder, name)] as const)
    .filter(([, path]) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
    .flatMap(([name, path]) =>
      layersOf(readFileSync(path)).flatMap((bytes) =>
        find(bytes).map((what) => `${name}: ${what}`),
      ),
    );
}

const unpackers = [gunzipSync, inflateSync, zstdDecompressSync, brotliDecompressSync];
const longest = 64 * 1024 * 1024;

function layersOf(bytes: Buffer): readonly Buffer[] {
  const unpacked = unpackers.flatMap((unpack) => {
    try {
      return [unpack(bytes, { maxOutputLength: longest })];
    } catch {
      // Not packed in this way.
      return [];
    }
  });
  return [bytes, ...unpacked];
}
