import { describe, expect, it } from 'vitest';
import { ownAddress } from '../../../app/web/guard/own-address.ts';
import { callerOf } from '../../../app/web/guard/caller.ts';
import { createStrangerLimit } from '../../../app/web/guard/keep-limits.ts';
import { createRateLimit } from '../../../app/web/guard/rate-limit.ts';
import { keptHealth } from '../../../app/web/api/kept-health.ts';
import type { Health } from '../../../app/health.ts';
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

  it('gives a stranger nothing of what is left for the others', () => {
    const limit = createStrangerLimit(() => 0);
    const calls = (count: number, client: (call: number) => string, peer = 'proxy') =>
      Array.from({ length: count }, (_, call) => limit({ client: client(call), peer })).filter(
        (wait) => wait === undefined,
      ).length;
    expect(calls(5_000, () => 'one')).toBe(100);
    expect(calls(100, () => 'another')).toBe(100);
    // Past the proxy, with addresses that are made up.
    expect(calls(5_000, (call) => `made up ${call}`, 'liar')).toBe(1_000);
    expect(calls(100, () => 'a third')).toBe(100);
    expect(calls(5_000, (call) => `one of many ${call}`, 'other')).toBe(700);
  });
});

describe('a caller', () => {
  const network = '2001:db8:1:2::/64';

  const at = '192.0.2.1';

  it.each([
    [{ peer: at }, at],
    [{ peer: `::ffff:${at}` }, at],
    [{ peer: '2001:db8:1:2:3:4:5:6' }, network],
    [{ peer: '2001:db8:1:2::9%eth0' }, network],
    [{ peer: '::1' }, '0:0:0:0::/64'],
    [{ peer: at, forwarded: '198.51.100.7' }, at],
    [{ peer: at, forwarded: 'made-up, 203.0.113.9, 198.51.100.7', proxies: 1 }, '198.51.100.7'],
    [{ peer: at, forwarded: '203.0.113.9, 198.51.100.7', proxies: 2 }, '203.0.113.9'],
    [{ peer: at, forwarded: '198.51.100.7', proxies: 2 }, '198.51.100.7'],
    [{ peer: at, forwarded: `198.51.100.7, ${at}`, proxies: 1 }, '198.51.100.7'],
    [{ peer: at, forwarded: '[2001:db8:1:2::7]:443', proxies: 1 }, network],
    [{ peer: at, forwarded: '198.51.100.7:1234', proxies: 1 }, '198.51.100.7'],
    [{ peer: at, forwarded: 'unknown', proxies: 1 }, at],
    [{ peer: at, proxies: 1 }, at],
    [{}, 'unknown'],
  ])('who calls with %o', (connection, client) => {
    const unset = { peer: undefined, forwarded: undefined, proxies: 0 };
    expect(callerOf({ ...unset, ...connection }).client).toBe(client);
  });

  it('is the peer too where no proxy stands between', () => {
    const peer = '2001:db8:1:2::7';
    expect(callerOf({ peer, forwarded: '203.0.113.9', proxies: 0 }).peer).toBe(network);
  });
});

describe('the health', () => {
  it('is read once in two seconds, however many ask', async () => {
    let at = 0;
    let reads = 0;
    const read = () => Promise.resolve({ status: 'ok', malformed: (reads += 1) } as Health);
    const health = keptHealth(read, () => at);
    await Promise.all(Array.from({ length: 50 }, () => health()));
    expect(reads).toBe(1);
    at = 2_000;
    expect(await health()).toMatchObject({ malformed: 2 });
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
