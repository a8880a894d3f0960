import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessSpec } from '../../core/process.ts';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const bin = join(root, 'node_modules', '.bin');

/**
 * Returns how to start a development tool of this repository: with the bundled Node first on the path, and without
 * `ANTHROPIC_*`, so that no test or check can spend money.
 */
export function tool(name: string, args: readonly string[]): ProcessSpec {
  const inherited = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined || key.startsWith('ANTHROPIC_') ? [] : [[key, value] as const],
  );
  const env = Object.fromEntries(inherited);
  return {
    command: join(bin, name),
    args,
    cwd: root,
    env: { ...env, PATH: [bin, env['PATH'] ?? ''].join(delimiter) },
  };
}
