import type { AppManifest } from '../app-manifest.ts';
import { webhookAddress } from './webhook-address.ts';

/** GitHub's limit for the name of an App. */
const maxName = 34;

/** A manifest as GitHub takes it. Source: GitHub docs, "Registering a GitHub App from a manifest". */
export type AppRegistration = Readonly<
  Omit<AppManifest, 'name'> & {
    name: string;
    url: string;
    hook_attributes: Readonly<{ url: string; active: boolean }>;
    redirect_url: string;
    callback_urls: readonly string[];
  }
>;

/** Where this server is, and where GitHub is; addresses without a slash at the end. */
export type Addresses = Readonly<{
  serverUrl: string;
  publicUrl: string | undefined;
  /** Where GitHub sends events, when that is not below the public address. */
  webhookUrl?: string | undefined;
  /** Where the page that posts the manifest stands. */
  setupUrl: string;
}>;

/** Where GitHub sends the browser back to, below the page's origin. */
export const callbackPath = '/setup/callback';

/** Returns what GitHub is asked to create: app.yml with the addresses of this server. */
export function appRegistration(manifest: AppManifest, addresses: Addresses): AppRegistration {
  const { serverUrl, publicUrl, webhookUrl, setupUrl } = addresses;
  return {
    ...manifest,
    name: manifest.name.slice(0, maxName),
    url: publicUrl ?? serverUrl,
    hook_attributes: {
      url: webhookAddress({ publicUrl, serverUrl, webhookUrl }).url,
      active: true,
    },
    redirect_url: `${setupUrl}${callbackPath}`,
    callback_urls: [`${publicUrl ?? setupUrl}/auth/callback`],
  };
}
