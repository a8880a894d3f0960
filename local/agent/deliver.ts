import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cause } from '../../core/cause.ts';
import type { RunRecord } from './run-record.ts';
import type { PersonsGit } from './source-folder.ts';
import { dirtyAfter, notWritten, refusedByGit, unfinished } from './words.ts';
import type { WorkResult } from './work.ts';

/** Where the patch is now. `path` is undefined when no file was asked for or needed. */
export type Delivery = Readonly<{
  applied: boolean;
  path: string | undefined;
  /** Why the patch is not where it was asked for. */
  refusal: string | undefined;
}>;

type Deps = Readonly<{
  git: PersonsGit;
  record: RunRecord;
  /** The run's own folder. */
  folder: string;
  apply: boolean;
  /** Absolute. */
  out: string | undefined;
  defaultOut: string;
}>;

/** Applies the patch to the person's folder when that is asked for and safe, else writes it to a file. */
export async function deliver(deps: Deps, result: WorkResult): Promise<Delivery> {
  const patch = result.changes?.diff;
  if (!patch || patch.length === 0 || deps.record.plan) {
    return { applied: false, path: undefined, refusal: undefined };
  }
  const kept = join(deps.folder, 'result.patch');
  await writeFile(kept, patch, { mode: 0o600 });
  const refusal = deps.apply ? await tryToApply(deps, result, kept) : undefined;
  const applied = deps.apply && refusal === undefined;
  const wanted = deps.out ?? (applied ? undefined : deps.defaultOut);
  if (wanted === undefined) return { applied, path: undefined, refusal };
  try {
    await writeFile(wanted, patch);
    return { applied, path: wanted, refusal };
  } catch (error) {
    // The patch was paid for: it is told where it is kept instead.
    const reason = error instanceof Error ? error.message : String(error);
    return { applied, path: kept, refusal: notWritten(reason) };
  }
}

async function tryToApply(
  { git, record }: Deps,
  result: WorkResult,
  patchFile: string,
): Promise<string | undefined> {
  if (!isFinished(result.cause)) return unfinished;
  const untouched = record.with_changes
    ? await result.sameStart()
    : await git.isClean(record.folder);
  if (!untouched) return dirtyAfter;
  const reason = await git.apply(record.folder, patchFile);
  return reason === undefined ? undefined : refusedByGit(reason);
}

function isFinished(cause: Cause): boolean {
  return cause.code === 'completed';
}
