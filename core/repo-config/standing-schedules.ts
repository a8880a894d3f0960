import type { RepositoryRef, ScheduleSource } from '../request.ts';
import type { ConfigFiles } from './effective-settings.ts';
import type { OrganizationConfig } from './organization-config.ts';
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

type ScheduledWork = Readonly<{
  source: ScheduleSource;
  repository: Pick<RepositoryRef, 'id' | 'owner' | 'name'>;
}>;

/**
 * Whether a repository's own file asks for the work of a schedule in it: it has the schedule, or accepts the set. A set
 * of another account of the same name is not meant. Pure.
 */
export function asksForSchedule(
  config: RepositoryConfig,
  { source, repository }: ScheduledWork,
): boolean {
  if (source.set)
    return isOfOneAccount(source, repository) && !!config.accept_sets?.includes(source.name);
  if (source.repository.id !== repository.id) return false;
  return !!config.schedule?.some(({ name }) => name === source.name);
}

/** Whether the organization's file still has the set of a schedule, with this repository in it. Pure. */
export function setStands(
  config: OrganizationConfig,
  { source, repository }: ScheduledWork,
): boolean {
  const set = config.sets?.find(({ name }) => name === source.name);
  const full = `${repository.owner}/${repository.name}`.toLowerCase();
  return !!set?.schedule && set.repositories.some((one) => one.toLowerCase() === full);
}

function isOfOneAccount(source: ScheduleSource, { owner }: Pick<RepositoryRef, 'owner'>): boolean {
  return source.repository.owner.toLowerCase() === owner.toLowerCase();
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
