import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { detectVerification } from '../../../worker/workspace/verification.ts';

const folder = new URL('../../fixtures/verification/', import.meta.url);

const Fixture = z.strictObject({
  files: z.record(z.string(), z.string()),
  expect: z.array(z.strictObject({ command: z.string(), source: z.string() })),
});

const fixtures = readdirSync(folder).map((name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return [name.replace('.json', ''), Fixture.parse(JSON.parse(text))] as const;
});

test.each(fixtures)('detects what %s gives away', (_, { files, expect: expected }) => {
  const found = detectVerification(new Set(Object.keys(files)), new Map(Object.entries(files)));
  expect(found.map(({ command, source }) => ({ command, source }))).toEqual(expected);
});

test('takes at most three commands, and the same whatever the order of the files', () => {
  for (const [, { files }] of fixtures) {
    const entries = Object.entries(files);
    const paths = new Set(Object.keys(files));
    const found = detectVerification(paths, new Map(entries));
    expect(found.length).toBeLessThanOrEqual(3);
    expect(detectVerification(paths, new Map(entries.toReversed()))).toEqual(found);
  }
});
