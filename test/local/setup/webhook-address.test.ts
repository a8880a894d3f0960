import { describe, expect, it } from 'vitest';
import { webhookAddress } from '../../../local/setup/webhook-address.ts';

const serverUrl = 'https://github.example.com';

describe('the webhook of a new App', () => {
  it('is the public address of the server', () => {
    expect(webhookAddress({ publicUrl: 'https://cody.example.com/base', serverUrl })).toEqual({
      type: 'sent',
      url: 'https://cody.example.com/base/api/github/webhooks',
    });
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
