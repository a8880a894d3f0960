import { isIPv4, isIPv6 } from 'node:net';

/** Where a call comes from, as far as it can be known without a session. */
export type Caller = Readonly<{
  /** One person or household: an IPv4 address, or the first 64 bits of an IPv6 one. */
  client: string;
  /** The same of who holds the connection to us; another one only behind a proxy. */
  peer: string;
}>;

type Connection = Readonly<{
  /** The address at the other end of the connection; undefined when the host does not tell it. */
  peer: string | undefined;
  /** `X-Forwarded-For`: each proxy adds whom it was called by at the end. What stands before may be made up. */
  forwarded: string | undefined;
  /** How many proxies of ours stand before this server; what they added is believed. */
  proxies: number;
}>;

/** Returns where a call comes from. Without trusted proxies the header is not looked at. */
export function callerOf({ peer, forwarded, proxies }: Connection): Caller {
  const connected = placeOf(peer) ?? 'unknown';
  const added = proxies > 0 ? (forwarded?.split(',') ?? []).map((one) => placeOf(one)) : [];
  // Some hosts add the peer themselves before they hand on the header.
  if (added.at(-1) === connected) added.pop();
  const client = added.slice(-proxies)[0];
  return { client: client ?? connected, peer: connected };
}

/** Undefined for what is no address. */
function placeOf(text: string | undefined): string | undefined {
  const address = bare(text?.trim() ?? '');
  if (isIPv4(address)) return address;
  return isIPv6(address) ? networkOf(address) : undefined;
}

/** Without a port, brackets or a zone. */
function bare(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, beforePort] = /^([\d.]+):\d+$/.exec(text) ?? [];
  return (bracketed ?? beforePort ?? text).replace(/%.*$/, '');
}

/** Whoever has an IPv6 address has at least 2^64 of them (RFC 6177). */
function networkOf(address: string): string {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  const groups = [...front, ...zeros, ...back];
  return mapped(groups) ?? `${groups.slice(0, 4).join(':')}::/64`;
}

/** An IPv4 address in the clothes of IPv6 (::ffff:a.b.c.d), as sockets for both show it. */
function mapped(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined;
  const bytes = groups.slice(6).flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
  return bytes.join('.');
}
