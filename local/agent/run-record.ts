import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Pointer } from '../../core/pointer.ts';
import { JobSettings } from '../../core/repo-config/settings.ts';
import { Effort } from '../../core/request.ts';
import { CommandError } from './command-error.ts';

/** What stays fixed over all attempts of a run. The prompt is redacted. */
export const RunRecord = z.object({
  id: z.string(),
  created_at: z.number().int(),
  /** The top folder of the person's checkout. */
  folder: z.string(),
  name: z.string(),
  branch: z.string(),
  head_sha: z.string(),
  prompt: z.string(),
  plan: z.boolean(),
  with_changes: z.boolean(),
  model: z.string(),
  effort: Effort,
  turns: z.number().int(),
  minutes: z.number(),
  budget_micro_usd: z.number().int(),
  /** What the checkout's `.github/cody.yml` makes of the run. */
  settings: JobSettings.optional(),
  /** The uncommitted changes that the run starts from, as a git bundle. */
  changes: Pointer.optional(),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** Stores the record of a run in its folder, whole or not at all. */
export async function saveRecord(folder: string, record: RunRecord): Promise<void> {
  const temporary = join(folder, `run-${randomUUID()}.json`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, 'run.json'));
}

/** Reads the record of a run. Throws CommandError when there is none. */
export async function loadRecord(folder: string, id: string): Promise<RunRecord> {
  let text: string;
  try {
    text = await readFile(join(folder, 'run.json'), 'utf8');
  } catch (error) {
    throw new CommandError(`There is no run ${id} in this data folder.`, { cause: error });
  }
  return RunRecord.parse(JSON.parse(text));
}
