import { globSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Cases, caseSchemas, type EntryPoint, entryPoints } from './case.ts';

/** A file of cases: fields of `defaults` stand in each case that does not have them itself. */
const CaseFile = z.strictObject({
  entry: z.enum(entryPoints),
  defaults: z.record(z.string(), z.unknown()).default({}),
  cases: z.array(z.record(z.string(), z.unknown())).min(1),
});

/** A file that is not as the README says: names the file and the path in it. */
export class CaseFileError extends Error {
  override readonly name = 'CaseFileError';
}

const own = join(import.meta.dirname, '..', 'fixtures', 'threats');

/** The cases of this repository and those of further files and folders. Throws CaseFileError. */
export function loadCases(places: readonly string[] = []): Cases {
  const cases: Cases = {
    webhook: [],
    command: [],
    identity: [],
    context: [],
    repository: [],
    tools: [],
    output: [],
    pages: [],
    tokens: [],
  };
  const seen = new Map<string, string>();
  for (const file of [own, ...places].flatMap(filesIn)) {
    const { entry, defaults, cases: given } = read({ file, schema: CaseFile, value: parsed(file) });
    for (const [index, one] of given.entries()) {
      const id = add(cases, entry, { file, index, value: { ...defaults, ...one } });
      const before = seen.get(id);
      if (before !== undefined) throw new CaseFileError(`${file}: ${id} is in ${before} too`);
      if (!id.startsWith(`${entry}/`))
        throw new CaseFileError(`${file}: ${id} does not begin with ${entry}/`);
      seen.set(id, file);
    }
  }
  return cases;
}

type Given = Readonly<{ file: string; index: number; value: unknown }>;

function add(cases: Cases, entry: EntryPoint, { file, index, value }: Given): string {
  const one = read({ file, schema: caseSchemas[entry], value, at: ['cases', index] });
  (cases[entry] as (typeof one)[]).push(one);
  return one.id;
}

function filesIn(place: string): readonly string[] {
  const path = resolve(place);
  if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [path];
  return globSync('**/*.{yml,yaml,json}', { cwd: path })
    .toSorted()
    .map((name) => join(path, name));
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CaseFileError(`${file}: ${error instanceof Error ? error.message : ''}`);
  }
}

type Read<Schema> = Readonly<{
  file: string;
  schema: Schema;
  value: unknown;
  /** Where in the file the value stands. */
  at?: readonly (string | number)[];
}>;

function read<Schema extends z.ZodType>({
  file,
  schema,
  value,
  at = [],
}: Read<Schema>): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${[...at, ...path].join('.')}: ${message}`,
  );
  throw new CaseFileError(`${file}: ${problems.join('; ')}`);
}
