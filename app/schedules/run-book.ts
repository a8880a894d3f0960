import { resolveRepository } from '../../core/github/repository.ts';
import type { ConfigFiles } from '../../core/repo-config/effective-settings.ts';
import { standingSchedules } from '../../core/repo-config/standing-schedules.ts';
import type { RepositoryRef } from '../../core/request.ts';
import type { ScheduleBook, ScheduleEntry } from '../../core/store/schedules.ts';
import { scheduleNotes } from '../schedule-replies.ts';
import { settingsOf, sharedName } from '../settings.ts';
import { begun, dueOf, dueTime, movedOn, refreshEntries } from './refresh-entries.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { type Scheduled, type ScheduledRun, startScheduled } from './start-scheduled.ts';

/** What has to wait is looked at again after so long. */
const againMs = 60_000;

/**
 * Runs what is due in one repository by its file as it stands now, at most `room` of it; the rest waits for the next
 * tick, and what fails as well. Returns how many were started. Throws what Octokit throws, and TransientError when the
 * table is out.
 */
export async function runBook(
  deps: ScheduleDeps,
  book: ScheduleBook,
  room: number,
): Promise<number> {
  if (room <= 0) {
    const entries = book.entries.map((entry) => waitingIfDue(entry, deps.now()));
    await deps.schedules.saveBook({ ...book, entries, due_at: deps.now() + againMs });
    return 0;
  }
  const place = await findPlace(deps, book);
  if (!place) {
    deps.log.info({ repository: book.repository.id }, 'Schedules of a repository are dropped');
    await deps.schedules.removeBook(book);
    return 0;
  }
  const { installation_id, repository } = place;
  const noted = await noteBegun(deps, { book, place, room });
  // Somebody else is at it.
  if (!noted) return 0;
  const { entries, started, failed } = await runEntries(deps, { ...place, before: noted });
  const waits = failed || entries.some(({ waiting, off }) => waiting && !off);
  const due_at = waits ? deps.now() + againMs : dueOf(entries);
  const version = book.version + 1;
  await deps.schedules.saveBook({ ...book, version, installation_id, repository, entries, due_at });
  return started;
}

type Begins = Readonly<{ book: ScheduleBook; place: Place; room: number }>;

/** Writes down which times are started now, before any is. Undefined when the book has changed. */
async function noteBegun(
  { schedules, now }: ScheduleDeps,
  { book, place, room }: Begins,
): Promise<readonly ScheduleEntry[] | undefined> {
  const standing = standingOf(place);
  const fresh = refreshEntries(book.entries, standing, now());
  const names = new Set(standing.map(({ name }) => name));
  const running = begun(
    fresh.filter(({ name }) => names.has(name)),
    { now: now(), room },
  );
  const entries = [...running, ...fresh.filter(({ name }) => !names.has(name))];
  const saved = await schedules.saveBook({ ...book, entries, due_at: now() + againMs });
  return saved ? entries : undefined;
}

function standingOf({ repository, files }: Place) {
  return standingSchedules(files, { sharedFile: repository.name === sharedName });
}

type Place = Readonly<{ installation_id: number; repository: RepositoryRef; files: ConfigFiles }>;

/** The repository as it is now; undefined when nothing runs there any more. */
async function findPlace(
  { installations, policy }: ScheduleDeps,
  { repository: before }: ScheduleBook,
): Promise<Place | undefined> {
  const installation = await installations.of(before);
  if (!installation || installation.suspended) return undefined;
  if (policy.accounts && !policy.accounts.includes(installation.accountId ?? -1)) return undefined;
  const installation_id = installation.installationId;
  const github = await installations.client(installation_id);
  const resolved = await resolveRepository(github, { id: before.id });
  // A fork has the file of somebody else.
  if (!resolved || resolved.archived || resolved.fork) return undefined;
  const { repository, default_sha: sha } = resolved;
  const files = await settingsOf({ installations }, { installation_id, repository, sha });
  return { installation_id, repository, files };
}

type Running = Place & Readonly<{ before: readonly ScheduleEntry[] }>;

/** Each entry with what became of it, in the order of the file; run in the order of their times. */
async function runEntries(
  deps: ScheduleDeps,
  { before, ...place }: Running,
): Promise<Readonly<{ entries: readonly ScheduleEntry[]; started: number; failed: boolean }>> {
  const standing = standingOf(place);
  const now = deps.now();
  const entries = new Map(
    refreshEntries(before, standing, now).map((entry) => [entry.name, entry]),
  );
  const inTime = [...entries.values()].toSorted((a, b) => a.due_at - b.due_at);
  let started = 0;
  let failed = false;
  for (const entry of inTime) {
    const schedule = standing.find(({ name }) => name === entry.name);
    const due = dueTime(entry, now);
    if (!schedule || due.type === 'none') continue;
    if (due.type === 'missed') {
      entries.set(entry.name, movedOn(entry, { now, note: scheduleNotes.missed }));
    } else if (entry.begun_at === undefined) {
      // Nothing starts that is not written down: after a crash it would start once more for its next time.
      entries.set(entry.name, { ...entry, waiting: true });
    } else {
      const run = await tried(deps, {
        ...place,
        schedule,
        at: due.at,
        ...(due.late ? { late: due.late } : {}),
        latest: entry.request_id,
      });
      failed ||= run === undefined;
      if (!run) continue;
      if (run.type === 'started') started += 1;
      const { type: _type, ...latest } = run;
      entries.set(entry.name, movedOn(entry, { now, ...latest }));
    }
  }
  return { entries: [...entries.values()], started, failed };
}

/** Undefined when it failed. What the others came to is kept: else nobody knows that they run, and they run again. */
async function tried(deps: ScheduleDeps, due: Scheduled): Promise<ScheduledRun | undefined> {
  try {
    return await startScheduled(deps, due);
  } catch (error) {
    deps.log.error({ err: error }, 'A schedule could not be started');
    return undefined;
  }
}

function waitingIfDue(entry: ScheduleEntry, now: number): ScheduleEntry {
  return dueTime(entry, now).type === 'run' ? { ...entry, waiting: true } : entry;
}
