import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { causeTable } from '../../core/cause-guide.ts';
import { jsonSchemas } from '../../core/repo-config/json-schema.ts';

/** A file of docs/ as the code says that it should be. */
export type GeneratedDoc = Readonly<{ file: URL; text: string }>;

const start = '<!-- causes: written by `npm run docs` out of core/cause-guide.ts -->';
const end = '<!-- /causes -->';

/** Returns every file of docs/ that is made out of code, in the form that `npm run check` wants. */
export async function generatedDocs(): Promise<readonly GeneratedDoc[]> {
  const outcomes = docFile('outcomes.md');
  return Promise.all([
    ...Object.entries(jsonSchemas()).map(([name, schema]) =>
      formatted(docFile(name), { text: JSON.stringify(schema), parser: 'json' }),
    ),
    formatted(outcomes, { text: withCauses(readFileSync(outcomes, 'utf8')), parser: 'markdown' }),
  ]);
}

function docFile(name: string): URL {
  return new URL(`../../docs/${name}`, import.meta.url);
}

function withCauses(text: string): string {
  const [before, rest = ''] = text.split(start);
  const [, after] = rest.split(end);
  if (before === undefined || after === undefined)
    throw new Error('docs/outcomes.md has lost the marks around its causes');
  return `${before}${start}\n\n${causeTable()}\n\n${end}${after}`;
}

type Raw = Readonly<{ text: string; parser: string }>;

async function formatted(file: URL, { text, parser }: Raw): Promise<GeneratedDoc> {
  const style = await resolveConfig(file);
  return { file, text: await format(text, { ...style, parser }) };
}
