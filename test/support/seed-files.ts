import { fileURLToPath } from 'node:url';
import { readSeedFiles } from '../../local/demo/seed-files.ts';

/** The demo's repositories, by name. */
export type Seed = 'web-app' | 'billing-service';

/**
 * The files of a repository of the demo, with its failing tests. They run in one process instead of one for each
 * file: a job runs them four times, which costs it more than its own work.
 */
export async function seedFiles(name: Seed): Promise<Readonly<Record<string, string>>> {
  const folder = fileURLToPath(new URL(`../../local/demo/seed/${name}`, import.meta.url));
  const files = await readSeedFiles(folder);
  const changed = ['package.json', '.github/cody.yml'].map((path) => [
    path,
    (files[path] ?? '').replaceAll('node --test', 'node --test --test-isolation=none'),
  ]);
  return { ...files, ...Object.fromEntries(changed) };
}
