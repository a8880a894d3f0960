import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../core/redact.ts';

// Put together here, so that no file of this repository looks like it held a token.
const secret = ['ghs', 'q7Rk2LmX9vTzB4nWc8YdE1sHf6GjP0aU3oQi'].join('_');
const { findCarried } = createRedactor([secret]);
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const lines = (text: string, width: number) => text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];

function jwt(end: string): string {
  return `eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjE3NjM4MDAwMDB9.${end}`;
}

const carriers: Readonly<Record<string, string | Buffer>> = {
  plain: `a ${secret} b`,
  reversed: Array.from(secret).toReversed().join(''),
  'two lines': `const a = "${secret.slice(0, 20)}" +\n  "${secret.slice(20)}";`,
  'many strings': lines(secret, 3)
    .map((part) => `'${part}'`)
    .join(' +\n'),
  'single characters': Array.from(secret).join('\n'),
  'pieces with names between them': lines(secret, 18)
    .map((part, at) => `part_${String(at)} = ${part}`)
    .join('\n'),
  'base64 twice': base64(base64(secret)),
  'base64 over lines': lines(base64(`some words before ${secret}`), 10).join('\n'),
  'base64 in strings': lines(base64(secret), 12)
    .map((part) => `"${part}",`)
    .join('\n'),
  'hex bytes': Array.from(Buffer.from(secret), (byte) => `0x${byte.toString(16)}`).join(', '),
  'hex escapes': Array.from(Buffer.from(secret), (byte) => `\\x${byte.toString(16)}`).join(''),
  'some escapes': Array.from(secret, (char, at) =>
    at % 3 === 0 ? `%${char.charCodeAt(0).toString(16)}` : char,
  ).join(''),
  'character references': Array.from(secret, (char) => `&#${char.charCodeAt(0)};`).join(''),
  numbers: JSON.stringify([...Buffer.from(secret)]),
  'UTF-16': Buffer.from(secret, 'utf16le'),
  gzip: gzipSync(`words ${secret} words`),
  'gzip in base64': base64(gzipSync(`words ${secret} words`)),
  'zlib in hex': deflateSync(secret).toString('hex'),
  'gzip in base64 in gzip': gzipSync(base64(gzipSync(secret))),
  'rotated letters': secret
    .replaceAll(/[a-z]/g, (char) => String.fromCharCode(((char.charCodeAt(0) - 97 + 13) % 26) + 97))
    .replaceAll(/[A-Z]/g, (char) =>
      String.fromCharCode(((char.charCodeAt(0) - 65 + 13) % 26) + 65),
    ),
};

describe('a registered secret', () => {
  it.each(Object.entries(carriers))('is found in %s', (_, content) => {
    expect(findCarried(Buffer.from(content))).toBe('registered');
  });

  it('is found wherever it is cut and whatever stands around it', () => {
    const around = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(fc.nat(secret.length), around, around, (at, before, after) => {
        const text = `${before}\n${secret.slice(0, at)}"\n + "${secret.slice(at)}\n${after}`;
        expect(findCarried(Buffer.from(text))).toBe('registered');
      }),
    );
  });

  it('is not seen in ordinary text, in the heads of keys, or in other tokens', () => {
    const key = ['-----BEGIN RSA', 'PRIVATE KEY-----'].join(' ');
    const pem = `${key}\nMIIEpAIBAAKCAQEA${'x7'.repeat(24)}\n${'q7Rk2LmX9vTzB4nWc8Yd'.repeat(3)}\n-----END x-----`;
    const redactor = createRedactor([
      pem,
      `ghs_1_${jwt('q7Rk2LmX9vTzB4nWc8YdE1sHf6Gj')}`,
      'a-webhook-secret-that-a-person-chose',
    ]);
    const text = `${key} MIIEpAIBAAKCAQEA ${jwt('other')} webhook-secret-that-a-person`;
    expect(redactor.findCarried(Buffer.from(text))).toBeUndefined();
  });
});

describe('a secret of somebody else', () => {
  it('is known by its shape once it is unpacked', () => {
    const { findCarried: find } = createRedactor([]);
    const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    expect(find(Buffer.from(base64(`x=${token}`)))).toBe('github_token');
    expect(find(gzipSync(token))).toBe('github_token');
    expect(find(Buffer.from('nothing'))).toBeUndefined();
  });
});

describe('hostile content', () => {
  it.each([
    ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024))],
    ['a bomb in a bomb', gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024)))],
    ['a megabyte of one letter', Buffer.alloc(1024 * 1024, 'A')],
    ['a megabyte of digits', Buffer.alloc(1024 * 1024, '1 ')],
    ['a megabyte of heads', Buffer.alloc(1024 * 1024, 'PK\u0003\u0004')],
  ])(
    'such as %s is searched to its end',
    (_, content) => {
      expect(findCarried(content)).toBeUndefined();
    },
    20_000,
  );
});
