import type { TokenWant } from '../../core/broker-protocol.ts';
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
  want: TokenWant;
}>;

/**
 * What stands for a person's permission where a schedule asked: the files on the default branches say now that it works
 * in this repository. A file that nobody can read only keeps the work from being published; one that can be read still
 * decides. Throws UserError ('permission_lost') when they do not, and what Octokit throws.
 */
export async function assertScheduled(
  deps: Readonly<{ installations: Installations }>,
  { source, repository, installation_id, want }: Work,
): Promise<void> {
  const { set = false, name } = source;
  const files = await settingsOf(deps, { installation_id, repository });
  const { organization, repository: own } = files;
  const [organizationUnread, ownUnread] = [organization, own].map(
    (one) => want === 'read' && one?.access.type === 'unreadable',
  );
  const work = { source, repository };
  const stands =
    (organizationUnread || ownUnread || letsSchedulesRun(files, set)) &&
    (ownUnread || asksForSchedule(own?.config ?? {}, work)) &&
    (organizationUnread || !set || setStands(organization?.config ?? {}, work));
  if (stands) return;
  throw new UserError(
    'permission_lost',
    `The schedule ${name} is not meant for ${repository.owner}/${repository.name} any more: it was changed on the default branch.`,
  );
}
