import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { root } from '../tool.ts';
import { ToolCase } from './case.ts';

const folder = join(root, 'test', 'fixtures', 'tools');

/** Returns the case files that belong to the project, in order. */
export function caseFiles(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(folder, name));
}

/**
 * Reads one file: a case or a list of cases.
 * @throws Error that names the file, and the case when there is one, for what is not as the format wants it
 */
export function loadCases(path: string): ToolCase[] {
  const parsed: unknown = parseJson(path);
  const items: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return items.map((item, index) => {
    const result = ToolCase.safeParse(item);
    if (result.success) return result.data;
    const id = z.object({ id: z.string() }).safeParse(item).data?.id ?? `number ${index + 1}`;
    throw new Error(`${path}: case ${id}: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`);
  });
}

/** Throws when two cases have the same id. */
export function checkIds(cases: readonly ToolCase[]): void {
  const seen = new Set<string>();
  for (const { id } of cases) {
    if (seen.has(id)) throw new Error(`two cases have the id ${id}`);
    seen.add(id);
  }
}

function parseJson(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
}
