import type { Bucket } from '../../../core/bucket.ts';
import { sha256 } from '../../../core/ids.ts';

/** Objects of a run, by key. */
export type Objects = Map<string, Buffer>;

/** The bucket over objects in memory; `write` lets a put happen as an effect of a process. */
export function memoryBucket(
  objects: Objects,
  write: (name: string, act: () => Promise<void>) => Promise<void>,
): Bucket {
  return {
    async put(kind, data) {
      const bytes = Buffer.from(data);
      const hash = sha256(bytes);
      const key = `${kind}/${hash.slice(0, 2)}/${hash}`;
      await write(`put ${kind}`, async () => {
        objects.set(key, bytes);
      });
      return { key, sha256: hash, bytes: bytes.length };
    },
    async get({ key }) {
      const bytes = objects.get(key);
      if (!bytes) throw new Error('A stored object is missing');
      return bytes;
    },
  };
}
