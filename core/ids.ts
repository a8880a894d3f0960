import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The id of the request that a command makes: ten characters (50 bits) of its semantic key's hash. The same command
 * gives the same id, so that whatever is derived from it (branch, comments) is found again after a crash.
 */
export function requestId(semanticKey: string): string {
  const hash = createHash('sha256').update(semanticKey).digest();
  return Array.from(hash.subarray(0, 10), (byte) => alphabet[byte % 32]).join('');
}

/** `<request id>-<1…5>`. */
export function jobId(request: string, index: number): string {
  return `${request}-${index + 1}`;
}

/** A random key of 32 bytes as URL-safe text. */
export function randomKey(): string {
  return randomBytes(32).toString('base64url');
}

/** sha256 of text or bytes, in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The branch of a request in a repository: `cody/<request id>-<slug>` with whole words, at most 60 characters. */
export function branchName(request: string, promptExcerpt: string): string {
  const plain = promptExcerpt.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  let slug = '';
  for (const word of plain.match(/[a-z0-9]+/g) ?? []) {
    const longer = slug === '' ? word.slice(0, 40) : `${slug}-${word}`;
    if (longer.length > 40) break;
    slug = longer;
  }
  return slug === '' ? `cody/${request}` : `cody/${request}-${slug}`;
}
