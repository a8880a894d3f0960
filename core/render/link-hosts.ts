import type { Links } from './links.ts';

/** Hosts (with a port where there is one) that text of a model may link to. */
export type LinkHosts = ReadonlySet<string>;

/** Returns GitHub's own host and those that the operator allows. */
export function linkHosts({ serverUrl, allowed = [] }: Links): LinkHosts {
  return new Set([new URL(serverUrl).host, ...allowed.map((host) => host.toLowerCase())]);
}

/** Anything that is no address of its own stays on the page that it stands on. */
const here = 'https://here.invalid';

/** A link to one of these shows up in the other place too. Source: GitHub, "Autolinked references and URLs". */
const reference = /^\/[^/]+\/[^/]+\/(?:issues|pull|discussions|commit)\/\w/;

/**
 * True for an address that may stay a link: relative, or of an allowed host; not one that tells another issue that it was
 * mentioned.
 */
export function mayLink(address: string, hosts: LinkHosts): boolean {
  if (address.includes('\\') || !URL.canParse(address, `${here}/a/b/c`)) return false;
  const url = new URL(address, `${here}/a/b/c`);
  if (reference.test(url.pathname) || url.username !== '' || url.password !== '') return false;
  if (url.origin === here) return true;
  return (url.protocol === 'https:' || url.protocol === 'http:') && hosts.has(url.host);
}
