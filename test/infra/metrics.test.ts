import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metrics } from '../../infra/metrics.ts';
import { root } from '../support/tool.ts';

const files = globSync('{app,worker,core}/**/*.ts', { cwd: root });
const code = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

/** The arguments of the one call that logs the message, back to its beginning. */
function logged(message: string): string {
  const found = [...code.values()].filter((text) => text.includes(`'${message}'`));
  const [text = ''] = found;
  const end = text.indexOf(`'${message}'`);
  return text.slice(Math.max(0, end - 800), end);
}

describe('the metrics', () => {
  it.each(metrics)('count a line that the code writes: $name', ({ message }) => {
    expect([...code.values()].some((text) => text.includes(`'${message}'`))).toBe(true);
  });

  const withFields = metrics.filter(({ value, by }) => value ?? by);
  it.each(withFields)('read a field that stands in the line: $name', ({ message, value, by }) => {
    for (const field of [value, by]) {
      if (field !== undefined) expect(logged(message)).toMatch(new RegExp(`\\b${field}\\b`));
    }
  });

  it('have names of their own', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  });
});
