import { describe, expect, it } from 'vitest';
import { attachmentHosts, isAttachment } from '../../../core/github/attachment-hosts.ts';

const service = attachmentHosts('https://github.com');
const enterprise = attachmentHosts('https://git.example');
const here = attachmentHosts('http://127.0.0.1:8080');

describe('an attachment', () => {
  it.each([
    'https://private-user-images.githubusercontent.com/1/2-a.png?jwt=x',
    'https://user-images.githubusercontent.com/1/2-a.png',
    'https://github.com/user-attachments/files/1/a.log',
  ])('of the public service is at %s', (url) => {
    expect(isAttachment(url, service)).toBe(true);
    expect(isAttachment(url, enterprise)).toBe(false);
  });

  it.each([
    'https://git.example/storage/user/1/files/a',
    'https://git.example/user-attachments/assets/a',
    'https://media.git.example/user/1/files/a',
  ])('of an Enterprise Server is at %s', (url) => {
    expect(isAttachment(url, enterprise)).toBe(true);
    expect(isAttachment(url, service)).toBe(false);
  });

  it.each([
    'http://github.com/user-attachments/files/1/a.log',
    'https://github.com/acme/web/settings',
    'https://github.com/user-attachments/../acme/web',
    'https://github.com@evil.example/user-attachments/a',
    'https://name:word@github.com/user-attachments/files/1/a.log',
    'https://github.com.evil.example/user-attachments/a',
    'https://user-images.githubusercontent.com:8443/a',
    'https://169.254.169.254/user-attachments/a',
    'https://camo.githubusercontent.com/a',
    'file:///user-attachments/a',
    'user-attachments/a',
  ])('is never at %s', (url) => {
    expect(isAttachment(url, service)).toBe(false);
  });

  it('is where another place sends on to only after that', () => {
    const url = 'https://objects.githubusercontent.com/a';
    expect(isAttachment(url, service)).toBe(false);
    expect(isAttachment(url, service, { sent: true })).toBe(true);
  });

  it('comes without TLS from this machine only', () => {
    expect(isAttachment('http://127.0.0.1:8080/storage/user/1', here)).toBe(true);
    expect(isAttachment('http://127.0.0.1:8081/storage/user/1', here)).toBe(false);
    expect(attachmentHosts('http://git.example')).toEqual([]);
  });
});
