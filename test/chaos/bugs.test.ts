import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { expect, test } from 'vitest';
import { withBug } from './bugs/bug.ts';
import { bugs } from './bugs/bugs.ts';

test('plants at least 25 bugs, each under a name of its own', () => {
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
});

test.each(bugs.map((bug) => [bug.name, bug] as const))('%s has its place', async (_, bug) => {
  const source = await readFile(new URL(`../../${bug.file}`, import.meta.url), 'utf8');
  const broken = withBug(bug, source);
  expect(broken).not.toBe(source);
  expect(() => stripTypeScriptTypes(broken)).not.toThrow();
});
