import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { RepositoryRef } from '../../core/request.ts';
import type { ScheduleRound } from '../../core/store/schedules.ts';
import { appFailure } from '../installations.ts';
import { organizationFile, repositoryFile, sharedName } from '../settings.ts';
import { noteSchedules } from './note-schedules.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

/** A round begins so long after the one before, and once a day it reads all files. */
const everyMs = 30 * 60_000;
const fullEveryMs = 24 * 3_600_000;

/** A push that GitHub tells of late must not fall between two rounds. */
const marginMs = 10 * 60_000;

const pageSize = 50;
const atOnce = 5;

const Page = z.object({
  repositories: z.array(
    z.object({
      id: z.number().int(),
      name: z.string(),
      owner: z.object({ login: z.string() }),
      private: z.boolean(),
      archived: z.boolean().default(false),
      fork: z.boolean().default(false),
      pushed_at: z.string().nullish(),
    }),
  ),
});
type Listed = z.infer<typeof Page>['repositories'][number];

/** Begins the rounds of installations that have none yet. Throws TransientError when GitHub or the table is out. */
export async function beginRounds(deps: ScheduleDeps): Promise<void> {
  const { accounts } = deps.policy;
  const all = await deps.app.installations().catch((error: unknown) => {
    throw appFailure(error);
  });
  const served = all.filter(
    ({ suspended, accountId }) => !suspended && (!accounts || accounts.includes(accountId ?? -1)),
  );
  for (const { installationId: installation_id } of served) {
    if (await deps.schedules.round(installation_id)) continue;
    const at = deps.now();
    const times = { started_at: at, full_at: at, due_at: at };
    const begun = { type: 'schedule_round', installation_id, page: 1, ...times } as const;
    await deps.schedules.saveRound({ ...begun, version: 0 });
  }
}

/**
 * Looks for schedules in one page of an installation's repositories: only those that were pushed to since the round
 * before are read. Throws TransientError when GitHub or the table is out.
 */
export async function searchPage(deps: ScheduleDeps, round: ScheduleRound): Promise<void> {
  const page = await listPage(deps, round);
  if (!page) {
    await deps.schedules.removeRound(round);
    return;
  }
  const wanted = page.filter((one) => isWanted(one, round.since));
  for (let at = 0; at < wanted.length; at += atOnce) {
    await Promise.all(wanted.slice(at, at + atOnce).map((one) => readOne(deps, round, one)));
  }
  const last = page.length < pageSize;
  await deps.schedules.saveRound(last ? nextRound(round, deps.now()) : nextPage(round, deps.now()));
}

async function listPage(
  { installations }: ScheduleDeps,
  { installation_id, page }: ScheduleRound,
): Promise<readonly Listed[] | undefined> {
  try {
    const github = await installations.client(installation_id);
    const { data } = await github.rest.apps.listReposAccessibleToInstallation({
      per_page: pageSize,
      page,
    });
    return Page.parse(data).repositories;
  } catch (error) {
    const failure = appFailure(error);
    // The installation is gone, or suspended: it is found again with the others.
    if (failure instanceof UserError) return undefined;
    throw failure;
  }
}

/** A fork has the file of somebody else: nothing runs there by itself. */
function isWanted({ archived, fork, pushed_at }: Listed, since: number | undefined): boolean {
  if (archived || fork) return false;
  return since === undefined || Date.parse(pushed_at ?? '') >= since;
}

async function readOne(
  deps: ScheduleDeps,
  { installation_id }: ScheduleRound,
  { id, name, owner: { login: owner }, private: hidden }: Listed,
): Promise<void> {
  const repository: RepositoryRef = { id, owner, name, private: hidden };
  try {
    const which = { installation_id, repository };
    const file =
      name === sharedName
        ? { organization: await organizationFile(deps, repository) }
        : { repository: await repositoryFile(deps, which) };
    await noteSchedules(deps, { ...which, files: file });
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.info({ repository: id, cause: failure.code }, 'A file can not be read');
  }
}

function nextPage(round: ScheduleRound, now: number): ScheduleRound {
  return { ...round, page: round.page + 1, due_at: now };
}

function nextRound(round: ScheduleRound, now: number): ScheduleRound {
  const { since: _since, ...rest } = round;
  const due_at = Math.max(now, round.started_at + everyMs);
  const full = due_at - (round.full_at ?? 0) >= fullEveryMs;
  return {
    ...rest,
    page: 1,
    started_at: due_at,
    due_at,
    ...(full ? { full_at: due_at } : { since: round.started_at - marginMs }),
  };
}
