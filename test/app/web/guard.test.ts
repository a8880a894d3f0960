import { describe, expect, it } from 'vitest';
import { ownAddress } from '../../../app/web/guard/own-address.ts';
import { createRateLimit } from '../../../app/web/guard/rate-limit.ts';
import { createSealedCursor } from '../../../app/web/api/sealed-cursor.ts';
import { z } from 'zod';

describe('our own address', () => {
  const url = 'https://cody.example.com';

  it.each([
    [url, 'cody.example.com', { origin: url, secure: true }],
    [url, 'CODY.example.com', { origin: url, secure: true }],
    [url, 'localhost:3000', { origin: 'http://localhost:3000', secure: false }],
    [undefined, '[::1]:3000', { origin: 'http://[::1]:3000', secure: false }],
    ['http://10.0.0.7:3000', '10.0.0.7:3000', { origin: 'http://10.0.0.7:3000', secure: true }],
    [url, 'cody.example.com.elsewhere.example', undefined],
    [url, '127.0.0.1.elsewhere.example', undefined],
    [undefined, 'cody.example.com', undefined],
    [undefined, undefined, undefined],
  ])('configured as %s and called as %s', (publicUrl, host, address) => {
    expect(ownAddress(publicUrl, host)).toEqual(address);
  });
});

describe('the rate limit', () => {
  it('lets a burst through and then as many as are refilled', () => {
    let at = 0;
    const limit = createRateLimit({ burst: 2, perSecond: 1, now: () => at });
    expect([limit('a'), limit('a'), limit('a'), limit('b')]).toEqual([
      undefined,
      undefined,
      1000,
      undefined,
    ]);
    at = 500;
    expect(limit('a')).toBe(500);
    at = 1000;
    expect([limit('a'), limit('a')]).toEqual([undefined, 1000]);
  });
});

describe('a sealed cursor', () => {
  const place = { id: 'hidden' };
  const schema = z.object({ id: z.string() });

  it('opens for its list and with its key only', () => {
    const cursors = createSealedCursor('a secret');
    const text = cursors.seal('requests', place);
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('hidden');
    expect(cursors.open('requests', text, schema)).toEqual(place);
    const refused = 'The cursor is not one of this list.';
    expect(() => cursors.open('others', text, schema)).toThrow(refused);
    expect(() => cursors.open('requests', `${text}A`, schema)).toThrow(refused);
    expect(() => cursors.open('requests', '', schema)).toThrow(refused);
    expect(() => createSealedCursor('another').open('requests', text, schema)).toThrow(refused);
  });
});
