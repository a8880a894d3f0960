/** Hosts that GitHub cannot reach: this machine, private networks, and names without a domain. */
const unreachable =
  /^(localhost|.*\.localhost|.*\.local|.*\.internal|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|0\.0\.0\.0|\[.*\]|[^.]+)$/i;

/** Where the front takes webhooks. */
const path = '/api/github/webhooks';

/** How GitHub's events reach this server: sent to its address, or fetched from GitHub's list of deliveries. */
export type WebhookAddress = Readonly<{ type: 'sent' | 'polled'; url: string }>;

/** Where the server is, where GitHub is, and where events go when another deployment takes them. */
type Facts = Readonly<{
  publicUrl: string | undefined;
  serverUrl: string;
  webhookUrl?: string | undefined;
}>;

/**
 * Returns the address for the App's webhook. GitHub refuses addresses that are not on the public Internet, and records
 * no deliveries for an App without a webhook. A server that cannot be reached therefore names the GitHub server itself:
 * each delivery fails there, is recorded all the same, and no third party sees it.
 */
export function webhookAddress({ publicUrl, serverUrl, webhookUrl }: Facts): WebhookAddress {
  if (webhookUrl !== undefined) return { type: 'sent', url: webhookUrl };
  if (publicUrl !== undefined && !unreachable.test(new URL(publicUrl).hostname)) {
    return { type: 'sent', url: `${publicUrl}${path}` };
  }
  return { type: 'polled', url: `${serverUrl}/?webhook=none-deliveries-are-polled` };
}
