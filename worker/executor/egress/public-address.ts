import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Resolves a host to the addresses that set-up may connect to, in their order. Rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** A host is there, and no address of it may be reached. */
export class ClosedAddress extends Error {
  override readonly name = 'ClosedAddress';
}

/*
 * Everything that the registries of special-purpose addresses do not give to the internet as a whole. Sources:
 * iana.org/assignments/iana-ipv4-special-registry, iana.org/assignments/iana-ipv6-special-registry.
 */

/** Networks of an operator's own, where a private registry of packages may stand. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/** Where clouds answer their machines: Azure, Alibaba Cloud, and AWS, whose metadata stand in fd00:ec2::/32. */
const CLOUDS = ['168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::/32'];

const SPECIAL = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Assignments of the IETF, tunnels of Teredo and 6to4 (which hold an address of IPv4), documentation.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
];

/** What is given out of IPv6 at all; all else is kept back, and most special networks lie there. RFC 4291. */
const GIVEN = listOf(['2000::/3', 'fc00::/7']);
const CLOSED = listOf([...SPECIAL, ...CLOUDS]);
const OWN = listOf(PRIVATE);

/** An address of IPv4 that a translator reaches: RFC 6052. */
const TRANSLATED = listOf(['64:ff9b::/96']);

/**
 * Resolves a host once, to the addresses that are then connected to. `ownHosts` may stand in a private network as well:
 * names as the operator gives them. Rejects with ClosedAddress when no address of it may be reached.
 */
export function publicAddresses(ownHosts: readonly string[] = []): Resolve {
  return async (host) => {
    const found = await lookup(host, { all: true, verbatim: true });
    const isOpen = ownHosts.includes(host.toLowerCase()) ? isReachable : isPublicAddress;
    const open = found.map(({ address }) => address).filter((address) => isOpen(address));
    if (open.length === 0) throw new ClosedAddress('The host has no address that set-up may reach');
    return open;
  };
}

/** True when an address is one of the internet: no private or special network, none of this machine or a cloud's. */
export function isPublicAddress(address: string): boolean {
  return isReachable(address) && !isIn(OWN, embedded(address));
}

/** The same, and private networks: but for this machine's addresses in them, and its cloud's. */
function isReachable(address: string): boolean {
  // An address with a zone ("%eth0") is one of a link.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const judged = embedded(address);
  if (isIP(judged) === 6 && !isIn(GIVEN, judged)) return false;
  return !isIn(CLOSED, judged) && !isIn(ownInterfaces(), judged);
}

/** The address of IPv4 that a translator would make of one of IPv6; else the address itself. */
function embedded(address: string): string {
  if (isIP(address) !== 6 || !isIn(TRANSLATED, address)) return address;
  // The URL writes it in its shortest form: "[64:ff9b::7f00:1]", without groups that are zero.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')[1]?.split(':');
  const [low = 0, high = 0] = (groups ?? [])
    .map((group) => Number.parseInt(group, 16))
    .toReversed();
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [net = '', prefix] = network.split('/');
    list.addSubnet(net, Number(prefix), familyOf(net));
  }
  return list;
}

function ownInterfaces(): BlockList {
  const list = new BlockList();
  for (const own of Object.values(networkInterfaces()).flat()) {
    if (own) list.addAddress(own.address, familyOf(own.address));
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
