/** The attribute after whose time (Unix time in seconds) DynamoDB deletes an item, within days. */
export const ttlAttribute = 'ttl';

/** The attribute for an item that nobody needs after that time (Unix ms). */
export function ttlAt(ms: number): Readonly<{ ttl: number }> {
  return { ttl: Math.ceil(ms / 1000) };
}
