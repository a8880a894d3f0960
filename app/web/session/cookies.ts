import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { OwnAddress } from '../guard/own-address.ts';

/**
 * The cookies that we keep in a browser: who is signed in, and who is on the way to it. A name that begins with
 * `__Host-` cannot be set by another host of the same domain (RFC 6265bis); it needs an encrypted connection.
 */
export type CookieKind = 'session' | 'sign-in';

const maxAgeSeconds: Readonly<Record<CookieKind, number>> = {
  session: 7 * 24 * 3600,
  'sign-in': 600,
};

/** What the cookie holds; undefined without one. */
export function readCookie(context: Context, address: OwnAddress, kind: CookieKind) {
  return getCookie(context, nameOf(address, kind));
}

/** Puts a value into the browser, out of reach of scripts. */
export function writeCookie(
  context: Context,
  address: OwnAddress,
  cookie: Readonly<{ kind: CookieKind; value: string }>,
): void {
  const maxAge = maxAgeSeconds[cookie.kind];
  setCookie(context, nameOf(address, cookie.kind), cookie.value, { ...optionsOf(address), maxAge });
}

/** Takes a value out of the browser. */
export function dropCookie(context: Context, address: OwnAddress, kind: CookieKind): void {
  deleteCookie(context, nameOf(address, kind), optionsOf(address));
}

function nameOf({ secure }: OwnAddress, kind: CookieKind): string {
  return `${secure ? '__Host-' : ''}cody-${kind}`;
}

function optionsOf({ secure }: OwnAddress) {
  return { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const;
}
