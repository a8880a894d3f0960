import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { randomKey, requestId } from '../../core/ids.ts';
import { findPrice } from '../../core/price.ts';
import type { JobSettings } from '../../core/repo-config/settings.ts';
import { CommandError } from './command-error.ts';
import { type FileJournal, openFileJournal } from './file-journal.ts';
import { folderSettings } from './folder-settings.ts';
import type { AgentOptions, StartOptions } from './options.ts';
import { lockRun } from './run-lock.ts';
import { createRunObjects, type RunObjects } from './run-objects.ts';
import { loadRecord, type RunRecord, saveRecord } from './run-record.ts';
import type { PersonsGit } from './source-folder.ts';
import { dirtyBefore } from './words.ts';

/** A run that this process holds: what is fixed about it, its folder, its journal and its stored objects. */
export type OpenRun = Readonly<{
  record: RunRecord;
  folder: string;
  journal: FileJournal;
  objects: RunObjects;
  close: () => Promise<void>;
}>;

type Deps = Readonly<{
  /** Where the runs of this machine are. */
  runsFolder: string;
  /** What a relative `--dir` starts from. */
  from: (path: string) => string;
  git: PersonsGit;
  redact: (text: string) => string;
  now: () => number;
}>;

/**
 * Starts a run, or opens one that was interrupted. Throws CommandError for everything that the person has to change
 * first, UserError for a model without a price, Error for a damaged journal.
 */
export async function openRun(deps: Deps, options: AgentOptions): Promise<OpenRun> {
  const id = options.type === 'resume' ? options.id : requestId(randomKey());
  const folder = join(deps.runsFolder, id);
  const record =
    options.type === 'resume'
      ? await loadRecord(folder, id)
      : await startRecord(deps, options, { id, folder });
  if (record.plan && (options.apply || options.out !== undefined)) {
    throw new CommandError('The run only plans: leave --apply and --out away.');
  }
  const unlock = await lockRun(folder, id);
  const journal = await openFileJournal(join(folder, 'journal.jsonl'), record.budget_micro_usd);
  const objects = createRunObjects(join(folder, 'objects'));
  const close = async () => {
    await journal.close();
    await unlock();
  };
  return { record, folder, journal, objects, close };
}

async function startRecord(
  { from, git, redact, now }: Deps,
  options: StartOptions,
  { id, folder }: Readonly<{ id: string; folder: string }>,
): Promise<RunRecord> {
  const at = now();
  const source = await git.look(from(options.dir));
  const settings = await folderSettings(git, source, options);
  findPrice(settings.model, at);
  if (options.apply && !options.withChanges && !(await git.isClean(source.top))) {
    throw new CommandError(dirtyBefore);
  }
  const record: RunRecord = {
    id,
    created_at: at,
    folder: source.top,
    name: source.name,
    branch: source.branch,
    head_sha: source.headSha,
    prompt: redact(options.prompt),
    plan: options.plan,
    with_changes: options.withChanges,
    model: settings.model,
    effort: settings.effort,
    turns: settings.limits.turns,
    minutes: settings.limits.minutes,
    budget_micro_usd: budgetOf(options, settings),
    settings,
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await saveRecord(folder, record);
  return record;
}

/** Without an option one USD, or less where the checkout says so. */
function budgetOf({ budget }: StartOptions, settings: JobSettings): number {
  if (budget !== undefined) return Math.max(1, Math.round(budget * 1_000_000));
  return Math.min(1_000_000, settings.budget_micro_usd ?? Infinity);
}
