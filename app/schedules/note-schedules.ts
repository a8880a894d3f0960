import type { ConfigFiles } from '../../core/repo-config/effective-settings.ts';
import { standingSchedules } from '../../core/repo-config/standing-schedules.ts';
import type { RepositoryRef } from '../../core/request.ts';
import type { ScheduleBook } from '../../core/store/schedules.ts';
import { sharedName } from '../settings.ts';
import { dueOf, refreshEntries } from './refresh-entries.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

type Deps = Pick<ScheduleDeps, 'schedules' | 'now'>;

/** A repository whose file was read just now, on its default branch. */
export type ReadRepository = Readonly<{
  installation_id: number;
  repository: RepositoryRef;
  files: ConfigFiles;
}>;

/**
 * Remembers the schedules of a repository, so that they become due. Returns them; undefined when it never had any.
 * Nothing is written when nothing changed, and nothing is lost when somebody else writes at the same time: the file is
 * read again before anything runs.
 */
export async function noteSchedules(
  { schedules, now }: Deps,
  { installation_id, repository, files }: ReadRepository,
): Promise<ScheduleBook | undefined> {
  const standing = standingSchedules(files, { sharedFile: repository.name === sharedName });
  const before = await schedules.book(repository.id);
  if (!before && standing.length === 0) return undefined;
  const entries = refreshEntries(before?.entries ?? [], standing, now());
  const changed = JSON.stringify(entries) !== JSON.stringify(before?.entries);
  if (before && !changed) return before;
  const book: ScheduleBook = {
    type: 'schedule_book',
    installation_id,
    repository,
    entries,
    due_at: dueOf(entries),
    version: before?.version ?? 0,
  };
  await schedules.saveBook(book);
  return book;
}
