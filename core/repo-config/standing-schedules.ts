import type { RepositoryRef, ScheduleSource } from '../request.ts';
import type { ConfigFiles } from './effective-settings.ts';
import type { RepositoryConfig } from './repository-config.ts';
import type { Timing } from './schedule-times.ts';

/** A schedule as a file has it. `prompt` is the name of a saved prompt, or a prompt. */
export type StandingSchedule = Timing &
  Readonly<{
    name: string;
    prompt: string;
    /** The repositories of a set, as `owner/name`; undefined for a repository's own schedule. */
    set?: readonly string[] | undefined;
  }>;

/**
 * The schedules that the files of a repository have it start: its own, or those of the sets when it has the
 * organization's file itself, which is so where there is no file but that one. Pure.
 */
export function standingSchedules(
  files: ConfigFiles,
  { sharedFile }: Readonly<{ sharedFile: boolean }>,
): readonly StandingSchedule[] {
  if (!sharedFile) return files.repository?.config.schedule ?? [];
  return (files.organization?.config.sets ?? []).flatMap(
    ({ name, prompt, schedule, repositories: set }) =>
      prompt === undefined || !schedule ? [] : [{ name, prompt, set, ...schedule }],
  );
}

/**
 * Whether a repository's own file asks for the work of a schedule in it: it has the schedule, or accepts the set. Pure.
 */
export function asksForSchedule(
  config: RepositoryConfig,
  {
    source,
    repository,
  }: Readonly<{ source: ScheduleSource; repository: Pick<RepositoryRef, 'id'> }>,
): boolean {
  if (source.set) return config.accept_sets?.includes(source.name) ?? false;
  if (source.repository.id !== repository.id) return false;
  return config.schedule?.some(({ name }) => name === source.name) ?? false;
}

/**
 * Whether the files let a repository start work by itself. Where the organization names who may use it, or asks for
 * more than write permission, the schedule of somebody who may write a file must not get around that: only its own
 * sets run then. Pure.
 */
export function letsSchedulesRun(files: ConfigFiles, set: boolean): boolean {
  const accesses = [files.organization?.access, files.repository?.access];
  if (accesses.some((access) => access?.type === 'unreadable')) return false;
  if (accesses.some((access) => access?.type === 'read' && access.allowed?.length === 0))
    return false;
  const shared = files.organization?.access;
  if (set || shared?.type !== 'read') return true;
  return shared.allowed === undefined && (shared.permission ?? 'write') === 'write';
}
