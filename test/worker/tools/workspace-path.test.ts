import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  absolutePath,
  displayPath,
  parseWorkspacePath,
} from '../../../worker/tools/workspace-path.ts';

test('takes relative paths and absolute ones below /workspace', () => {
  expect(parseWorkspacePath('src/a.ts')).toEqual({ root: 'repo', segments: ['src', 'a.ts'] });
  expect(parseWorkspacePath('/workspace/repo/./a//b')).toEqual({
    root: 'repo',
    segments: ['a', 'b'],
  });
  expect(parseWorkspacePath('/workspace/logs/x.log').root).toBe('logs');
  expect(parseWorkspacePath('../scratch/x').root).toBe('scratch');
  expect(parseWorkspacePath('.').segments).toEqual([]);
});

test.each([
  '../..',
  '/etc/passwd',
  '/workspace',
  '/workspace/repository/x',
  'a\0b',
  '/proc/self/environ',
])('refuses %j', (path) => {
  expect(() => parseWorkspacePath(path)).toThrow(/outside the workspace|NUL/);
});

test('every accepted path is free of dots and survives being shown and parsed again', () => {
  const segment = fc.oneof(
    fc.constantFrom('..', '.', '', 'workspace', 'repo', 'logs', '.git', 'a b', '-x'),
    fc.string({ maxLength: 6 }),
  );
  const path = fc
    .tuple(fc.constantFrom('', '/', '/workspace/', '/workspace/repo/'), fc.array(segment))
    .map(([start, parts]) => start + parts.join('/'));
  fc.assert(
    fc.property(path, (input) => {
      let parsed;
      try {
        parsed = parseWorkspacePath(input);
      } catch {
        return;
      }
      expect(parsed.segments.every((name) => !['', '.', '..'].includes(name))).toBe(true);
      expect(parseWorkspacePath(absolutePath(parsed))).toEqual(parsed);
      expect(parseWorkspacePath(displayPath(parsed))).toEqual(parsed);
    }),
  );
});
