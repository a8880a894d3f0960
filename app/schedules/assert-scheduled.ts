import { UserError } from '../../core/errors.ts';
import {
  asksForSchedule,
  letsSchedulesRun,
  setStands,
} from '../../core/repo-config/standing-schedules.ts';
import type { RepositoryRef, ScheduleSource } from '../../core/request.ts';
import type { Installations } from '../installations.ts';
import { settingsOf } from '../settings.ts';

type Work = Readonly<{
  source: ScheduleSource;
  /** Where the work is, under its present name. */
  repository: RepositoryRef;
  installation_id: number;
  /** What it is for. */
  want: 'read' | 'publish';
}>;

/**
 * What stands for a person's permission where a schedule asked: the files on the default branches say now that it works
 * in this repository. A file that nobody can read only keeps the work from being published. Throws UserError ('permission_lost') when they do not, and what Octokit throws.
 */
export async function assertScheduled(
  deps: Readonly<{ installations: Installations }>,
  { source, repository, installation_id, want }: Work,
): Promise<void> {
  const { set = false, name } = source;
  const files = await settingsOf(deps, { installation_id, repository });
  const unread = [files.organization, files.repository].some(
    (one) => one?.access.type === 'unreadable',
  );
  if (unread && want === 'read') return;
  const work = { source, repository };
  const stands =
    letsSchedulesRun(files, set) &&
    asksForSchedule(files.repository?.config ?? {}, work) &&
    (!set || setStands(files.organization?.config ?? {}, work));
  if (stands) return;
  throw new UserError(
    'permission_lost',
    `The schedule ${name} is not meant for ${repository.owner}/${repository.name} any more: it was changed on the default branch.`,
  );
}
