import { lookup } from 'node:dns/promises';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Resolves a host to an address that set-up may connect to. Rejects when there is none. */
export type Resolve = (host: string) => Promise<string>;

/** This machine and its cloud: RFC 1122, 3927, 4291, 5771; fd00:ec2::/32 is where AWS keeps metadata and credentials. */
const CLOSED = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b::', 96],
  ['fd00:ec2::', 32],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;

/** Any address of the host but those of this machine, of its cloud, and of no single machine. */
export async function publicAddress(host: string): Promise<string> {
  const found = await lookup(host, { all: true, verbatim: true });
  const open = found.find(({ address }) => isPublicAddress(address));
  if (!open) throw new Error('The host has no address that set-up may reach');
  return open.address;
}

/** True when an address is neither this machine's nor its cloud's. Private networks are not closed. */
export function isPublicAddress(address: string): boolean {
  const list = new BlockList();
  for (const [net, prefix] of CLOSED) list.addSubnet(net, prefix, familyOf(net));
  for (const own of Object.values(networkInterfaces()).flat()) {
    if (own) list.addAddress(own.address, familyOf(own.address));
  }
  return !list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
