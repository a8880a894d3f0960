import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redactedMark } from '../../core/redact.ts';

const value = fc
  .string({ unit: 'grapheme', minLength: 8, maxLength: 60 })
  .filter((text) => text.isWellFormed() && !redactedMark.includes(text) && /^[^[\]]*$/.test(text));
const around = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => text.isWellFormed());

const pieces = (secret: string) => Buffer.from(`${secret.slice(0, 9)}" + "${secret.slice(9)}`);

describe('registered values', () => {
  it('are gone in plain form, wherever they stand', () => {
    fc.assert(
      fc.property(value, around, around, (secret, before, after) => {
        const out = createRedactor([secret]).redact(before + secret + after);
        expect(out).not.toContain(secret);
        expect(out).toContain(redactedMark);
      }),
    );
  });

  it('are gone in base64, at each offset and in both alphabets', () => {
    fc.assert(
      fc.property(
        value,
        fc.tuple(around, around),
        fc.constantFrom('base64' as const, 'base64url' as const),
        (secret, [before, after], encoding) => {
          const encoded = Buffer.from(before + secret + after).toString(encoding);
          const out = createRedactor([secret]).redact(encoded);
          expect(out).toContain(redactedMark);
          const left = out.split(redactedMark).map((part) => part.length);
          const most = Math.ceil(((Buffer.byteLength(before + after) + 4) * 8) / 6) + 4;
          expect(left.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it('are gone in hex, URL-encoded, JSON-escaped and reversed form', () => {
    fc.assert(
      fc.property(value, (secret) => {
        const { redact } = createRedactor([secret]);
        const hex = Buffer.from(secret).toString('hex');
        expect(redact(hex)).toBe(redactedMark);
        expect(redact(hex.toUpperCase())).toBe(redactedMark);
        expect(redact(encodeURIComponent(secret))).toBe(redactedMark);
        expect(redact(new URLSearchParams({ a: secret }).toString())).toMatch(/^a=\[redacted\]/);
        expect(redact(JSON.stringify(secret))).toBe(`"${redactedMark}"`);
        expect(redact(Array.from(secret).toReversed().join(''))).toBe(redactedMark);
      }),
    );
  });

  it('can be added later', () => {
    const { redact, register } = createRedactor([]);
    expect(redact('later-value')).toBe('later-value');
    expect(register('later-value')).toEqual({ registered: true });
    expect(redact('later-value')).toBe(redactedMark);
  });

  it('can be forgotten, one without the other, whole and in pieces', () => {
    const [first, second] = ['k3v9q1x7z5p2m8w4t6', 'h2n8b4j6c1d9f3g7s5'];
    const { redact, register, forget, findCarried } = createRedactor([first]);
    expect(findCarried(pieces(first))).toBe('registered');
    register(second);
    expect(findCarried(pieces(second))).toBe('registered');
    forget(first);
    expect(redact(`${first} ${second}`)).toBe(`${first} ${redactedMark}`);
    expect([first, second].map((secret) => findCarried(pieces(secret)))).toEqual([
      undefined,
      'registered',
    ]);
  });

  it('are refused with a reason when they are too short', () => {
    const { redact, register } = createRedactor(['short']);
    expect(register('seven77')).toEqual({ registered: false, reason: 'too short' });
    expect(register('redacted')).toEqual({ registered: false, reason: 'part of the mark' });
    expect(redact('short seven77')).toBe('short seven77');
  });

  it('of several lines are gone line by line', () => {
    const key = `-----BEGIN-----\n${'a1B2'.repeat(10)}\n${'c3D4'.repeat(10)}\n-----END-----`;
    expect(createRedactor([key]).redact(`line: ${'c3D4'.repeat(10)}`)).toBe('line: [redacted]');
  });
});

const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.${'sigSIG09_-'.repeat(5)}`;
const block = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA\n'.repeat(4)}-----END RSA PRIVATE KEY-----`;
const samples: readonly (readonly [string, string, string])[] = [
  ['github_token', `ghp_${'aB3dE6gH9j'.repeat(4)}`, '[redacted]'],
  ['github_token', `ghs_1234567_${jwt}`, '[redacted]'],
  ['github_pat', `github_pat_${'11ABCDEFG0'.repeat(8)}`, '[redacted]'],
  ['anthropic_key', `sk-ant-api03-${'aB3_dE6-gH'.repeat(9)}`, '[redacted]'],
  ['aws_key', 'AKIA2E0A8F3B244C9986', '[redacted]'],
  ['aws_key', 'ASIA2E0A8F3B244C9986', '[redacted]'],
  ['slack_token', `xoxb-${'1a2B3c4D5e-'.repeat(4)}`, '[redacted]'],
  ['jwt', jwt, '[redacted]'],
  ['private_key', block, '[redacted]'],
  ['private_key', block.replaceAll('\n', '\\n'), '[redacted]'],
  [
    'url_credentials',
    'https://octo:p@ss:w0rd-9Z@example.com/x',
    'https://[redacted]@example.com/x',
  ],
];

describe('the net of patterns', () => {
  it.each(samples)('catches a %s', (kind, secret, expected) => {
    const { redact, findSecrets } = createRedactor([]);
    expect(redact(`a=${secret} b`)).toBe(`a=${expected} b`);
    expect(findSecrets(`a=${secret} b`).map((found) => found.kind)).toContain(kind);
    expect(redact(redact(secret))).toBe(redact(secret));
  });

  it('catches a token after an escaped line end', () => {
    expect(createRedactor([]).redact(`\\n${jwt}`)).toBe('\\n[redacted]');
    expect(createRedactor([]).redact(`\\nghs_${'a1'.repeat(20)}`)).toBe('\\n[redacted]');
  });

  it('blanks a private key whose end was cut off', () => {
    const cut = block.slice(0, block.indexOf('-----END'));
    expect(createRedactor([]).redact(cut)).toBe('[redacted]\n');
  });

  it('leaves ordinary text alone', () => {
    const text =
      'highs_and_lows ghs_short user@example.com https://example.com:8080/a?b=c@d a.eyJ.b ' +
      'commit 0123456789abcdef0123456789abcdef01234567 sk-ant-x AKIA lengths_of_things';
    expect(createRedactor([]).redact(text)).toBe(text);
    expect(createRedactor([]).findSecrets(text)).toEqual([]);
  });

  it('does not report placeholders as found secrets', () => {
    const { findSecrets } = createRedactor([]);
    expect(findSecrets(`ghp_${'x'.repeat(36)}`)).toEqual([]);
    expect(findSecrets('postgres://${user}:${password}@localhost/db')).toEqual([]);
  });

  it('reports where a secret starts', () => {
    const { findSecrets } = createRedactor(['value-of-a-secret']);
    expect(findSecrets('12345 value-of-a-secret')).toEqual([{ kind: 'registered', index: 6 }]);
  });
});

describe('a hostile megabyte', () => {
  const size = 1_000_000;
  const hostile = [
    'eyJ',
    'eyJa.eyJ',
    'a.eyJaaaaaaaa.',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA',
    '-----BEGIN ',
    '-----END PRIVATE KEY-----',
    '://a:',
    '://a:b@',
    '://a:@@@@',
    '@',
    'ghs_',
    'ghs_a/',
    'github_pat_',
    'xoxb-',
    'sk-ant-',
    'AKIA',
    '-',
    'a',
    '\\n',
  ];
  it.each(hostile)(
    'of %j is done within the test’s time',
    (part) => {
      const { redact, findSecrets } = createRedactor(['aaaaaaaaaaaaaaaaaaaaab', 'another-secret']);
      const text = part.repeat(Math.ceil(size / part.length)).slice(0, size);
      expect(redact(text).length).toBeGreaterThan(0);
      expect(findSecrets(text)).toBeInstanceOf(Array);
    },
    5_000,
  );
});
