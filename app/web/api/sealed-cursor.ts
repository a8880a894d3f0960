import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { WebProblem } from '../problem.ts';

/**
 * Places in lists as text that only we can read and make: what a place names may be hidden from the caller.
 *
 * Contract: `open` throws WebProblem for a text that `seal` did not make for the same list.
 */
export type SealedCursor = Readonly<{
  seal: (list: string, place: unknown) => string;
  open: <Schema extends z.ZodType>(list: string, text: string, schema: Schema) => z.infer<Schema>;
}>;

const ivBytes = 12;
const tagBytes = 16;

/** Creates the seal. The key is derived from a secret that all processes of the server share. */
export function createSealedCursor(secret: string): SealedCursor {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'cursors of lists', 32));
  return {
    seal: (list, place) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(list));
      const body = Buffer.concat([cipher.update(JSON.stringify(place), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open: (list, text, schema) => {
      try {
        const bytes = Buffer.from(text, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes));
        decipher.setAAD(Buffer.from(list));
        decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
        const body = decipher.update(bytes.subarray(ivBytes + tagBytes));
        return schema.parse(JSON.parse(Buffer.concat([body, decipher.final()]).toString('utf8')));
      } catch (error) {
        throw new WebProblem('invalid_request', 'The cursor is not one of this list.', {
          errors: [{ in: 'query', field: 'cursor', detail: 'is not one of this list' }],
          cause: error,
        });
      }
    },
  };
}
