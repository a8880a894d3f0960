/** A place where GitHub keeps what people attach: paths below `path` of one origin. */
type AttachmentHost = Readonly<{
  origin: string;
  path: string;
  /** True where nobody links to, but where other places of the list send on to. */
  onlySentTo?: boolean;
}>;

/** The places that attachments are loaded from, and no others. */
export type AttachmentHosts = readonly AttachmentHost[];

const publicService = 'github.com';

const publicHosts: AttachmentHosts = [
  { origin: `https://private-user-images.githubusercontent.com`, path: '/' },
  { origin: `https://user-images.githubusercontent.com`, path: '/' },
  { origin: `https://${publicService}`, path: '/user-attachments/' },
  { origin: `https://objects.githubusercontent.com`, path: '/', onlySentTo: true },
];

const loopback = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

/**
 * Returns where the GitHub at `serverUrl` keeps attachments. A GitHub Enterprise Server keeps them under its own name,
 * or, with subdomain isolation, under `media.`. Without TLS only this machine is asked.
 */
export function attachmentHosts(serverUrl: string): AttachmentHosts {
  const { protocol, hostname, host, origin } = new URL(serverUrl);
  if (protocol !== 'https:' && !loopback.test(hostname)) return [];
  if (hostname === publicService) return publicHosts;
  return [
    { origin, path: '/user-attachments/' },
    { origin, path: '/storage/user/' },
    { origin: `${protocol}//media.${host}`, path: '/' },
  ];
}

/** True for an address that an attachment is loaded from; `sent` when another address of the list sent on to it. */
export function isAttachment(
  url: string,
  hosts: AttachmentHosts,
  { sent }: Readonly<{ sent: boolean }> = { sent: false },
): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  return hosts.some(
    (host) =>
      host.origin === origin && pathname.startsWith(host.path) && (sent || !host.onlySentTo),
  );
}
