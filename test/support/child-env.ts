import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment that child processes of a test need. */
export const childEnv: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ),
  // What a child compiles, the next one of any test need not.
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache'),
};
