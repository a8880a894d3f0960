import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/ids.ts';
import type { Pointer } from '../../core/pointer.ts';

/**
 * Objects of one run, named by their content.
 * Contract: `put` resolves only when the bytes are on disk; `get` throws when they are not what was put.
 */
export type RunObjects = Readonly<{
  put: (bytes: Buffer) => Promise<Pointer>;
  get: (pointer: Pointer) => Promise<Buffer>;
}>;

/** Objects in a folder, which is made when it is missing. */
export function createRunObjects(folder: string): RunObjects {
  return {
    async put(bytes) {
      const key = sha256(bytes);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = join(folder, `${key}-${randomUUID()}`);
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, join(folder, key));
      return { key, sha256: key, bytes: bytes.length };
    },
    async get(pointer) {
      const bytes = await readFile(join(folder, pointer.key));
      if (sha256(bytes) !== pointer.sha256) throw new Error('A stored object is damaged');
      return bytes;
    },
  };
}
