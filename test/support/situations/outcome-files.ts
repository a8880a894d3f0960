import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './run-situation.ts';
import { situationsFolder } from './situation.ts';

/** Reads what a situation is expected to come to. Throws when nobody has recorded it. */
export function readOutcome(name: string): Outcome {
  const folder = join(situationsFolder, name);
  const file = join(folder, 'expected.json');
  if (!existsSync(file)) throw new Error(`${name} is not recorded: see the README there`);
  const texts = textsIn(folder).map((one) => [one, readFileSync(join(folder, one), 'utf8')]);
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Outcome['expected'];
  return { expected, texts: Object.fromEntries(texts) as Outcome['texts'] };
}

/** Writes what a situation came to; a person then reads it. */
export function writeOutcome(name: string, { expected, texts }: Outcome): void {
  const folder = join(situationsFolder, name);
  for (const old of textsIn(folder)) rmSync(join(folder, old));
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
  for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, file), text);
}

function textsIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.md'));
}
