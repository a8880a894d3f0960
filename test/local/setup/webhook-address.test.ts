import { describe, expect, it } from 'vitest';
import { readAppManifest } from '../../../local/app-manifest.ts';
import { appRegistration } from '../../../local/setup/app-registration.ts';
import { webhookAddress } from '../../../local/setup/webhook-address.ts';

const serverUrl = 'https://github.example.com';
const manifest = await readAppManifest();

describe('the webhook of a new App', () => {
  it('is the public address of the server', () => {
    expect(webhookAddress({ publicUrl: 'https://cody.example.com/base', serverUrl })).toEqual({
      type: 'sent',
      url: 'https://cody.example.com/base/api/github/webhooks',
    });
  });

  it('is the address of a deployment elsewhere, which is not below its pages', () => {
    const webhookUrl = 'https://receive.lambda-url.eu-central-1.on.aws/';
    const addresses = { serverUrl, webhookUrl, publicUrl: 'https://pages.example.com' };
    expect(webhookAddress(addresses)).toEqual({ type: 'sent', url: webhookUrl });
    const asked = appRegistration(manifest, { ...addresses, setupUrl: 'http://127.0.0.1:3000' });
    expect(asked.hook_attributes).toEqual({ url: webhookUrl, active: true });
    expect(asked.callback_urls).toEqual(['https://pages.example.com/auth/callback']);
    expect(asked.redirect_url).toBe('http://127.0.0.1:3000/setup/callback');
  });

  it.each([
    undefined,
    'http://localhost:3000',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'http://10.1.2.3',
    'http://172.20.0.1',
    'http://192.168.1.1:3000',
    'http://cody',
    'http://cody.local',
  ])('stays within the GitHub server for %s, which GitHub cannot reach', (publicUrl) => {
    const address = webhookAddress({ publicUrl, serverUrl });
    expect(address.type).toBe('polled');
    expect(new URL(address.url).origin).toBe(serverUrl);
  });
});
