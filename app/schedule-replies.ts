import { codeSpan, inline, table } from '../core/render/markdown.ts';
import { moment } from '../core/render/duration.ts';

/* What people read about schedules. */

/** A schedule as `/cody prompts` lists it. `next` is Unix ms; undefined when no time comes any more. */
export type ListedSchedule = Readonly<{
  name: string;
  set: boolean;
  next: number | undefined;
  note: string | undefined;
}>;

/** The schedules of a repository as a table; undefined when there are none. */
export function schedulesTable(schedules: readonly ListedSchedule[]): string | undefined {
  if (schedules.length === 0) return undefined;
  return table(
    ['Runs by itself', 'Next', 'Latest time'],
    schedules.map(({ name, set, next, note }) => [
      `${codeSpan(name)}${set ? ' (set)' : ''}`,
      next === undefined ? 'never' : moment(next),
      // The pull request that is waited for is one of this repository, and worth a link.
      note === undefined ? '' : inline(note).replace('#<!-- -->', '#'),
    ]),
  );
}

/** Why a time of a schedule made no run. */
export const scheduleNotes = {
  missed: 'missed: the server was not there at that time',
  running: (requestId: string) => `skipped: request ${requestId} is still going`,
  open: (pull: string) => `skipped: ${pull} is open`,
  closed: 'not started: the files do not let schedules run here',
  plan: 'not started: its saved prompt makes a plan first, which needs somebody to approve it',
  refused: (sentences: string) => `not started: ${sentences}`,
} as const;
