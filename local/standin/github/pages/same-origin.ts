/** Names under which this machine reaches the stand-in; a page elsewhere can't have them in its address. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/**
 * Whether a browser sent the request from one of our own pages: the origin is that of the address it was sent to, and
 * that address is of this machine. A form without an origin is refused, since every browser names one.
 */
export function isSameOrigin(headers: Headers): boolean {
  const host = headers.get('host') ?? '';
  return LOOPBACK.test(host) && headers.get('origin') === `http://${host}`;
}
