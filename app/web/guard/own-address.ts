/** Where a browser reaches us: what its address bar shows. */
export type OwnAddress = Readonly<{
  /** Scheme, host and port, without a slash at the end. */
  origin: string;
  /** Whether cookies are kept to encrypted connections: always but on this machine without one. */
  secure: boolean;
}>;

const loopback = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

/**
 * Returns our address by the name that the request gives us: the configured one, or one of this machine. Undefined for
 * any other name: a page elsewhere may have pointed its own name at us (DNS rebinding).
 */
export function ownAddress(
  publicUrl: string | undefined,
  host: string | undefined,
): OwnAddress | undefined {
  const given = host?.toLowerCase() ?? '';
  if (publicUrl !== undefined) {
    const url = new URL(publicUrl);
    const secure = url.protocol === 'https:' || !loopback.test(given);
    if (given === url.host) return { origin: url.origin, secure };
  }
  return loopback.test(given) ? { origin: `http://${given}`, secure: false } : undefined;
}
