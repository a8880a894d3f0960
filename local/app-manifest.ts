import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** What app.yml says about the GitHub App: its name, and what it may do and hears. */
export const AppManifest = z.object({
  name: z.string(),
  description: z.string(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});
export type AppManifest = z.infer<typeof AppManifest>;

/** Reads this project's own manifest. Throws when it is missing or malformed. */
export async function readAppManifest(): Promise<AppManifest> {
  const file = new URL('../app.yml', import.meta.url);
  return AppManifest.parse(parse(await readFile(file, 'utf8')));
}
