import { nextTime } from '../../core/repo-config/schedule-times.ts';
import { letsSchedulesRun } from '../../core/repo-config/standing-schedules.ts';
import { type ListedSchedule, scheduleNotes } from '../schedule-replies.ts';
import { noteSchedules, type ReadRepository } from './note-schedules.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

type Deps = Pick<ScheduleDeps, 'schedules' | 'now'>;

/**
 * What runs by itself in a repository: its own schedules, which are due from now on, and those of the sets that it
 * accepts. Throws TransientError when the table is out.
 */
export async function listSchedules(
  deps: Deps,
  read: ReadRepository,
): Promise<readonly ListedSchedule[]> {
  const { files } = read;
  const entries = (await noteSchedules(deps, read))?.entries ?? [];
  const own = entries.filter(({ off }) => !off);
  const closed = letsSchedulesRun(files, false) ? undefined : scheduleNotes.closed;
  return [
    ...own.map(({ name, due_at, note }) => ({
      name,
      set: false,
      next: due_at,
      note: note ?? closed,
    })),
    ...acceptedSets(deps, read),
  ];
}

function acceptedSets({ now }: Deps, { repository, files }: ReadRepository): ListedSchedule[] {
  const accepted = files.repository?.config.accept_sets ?? [];
  const here = `${repository.owner}/${repository.name}`.toLowerCase();
  const sets = files.organization?.config.sets ?? [];
  return sets
    .filter(({ name }) => accepted.includes(name))
    .filter(({ repositories }) => repositories.some((one) => one.toLowerCase() === here))
    .flatMap(({ name, schedule }) =>
      schedule ? [{ name, set: true, next: nextTime(schedule, now()), note: undefined }] : [],
    );
}
