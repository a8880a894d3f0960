import { isContent } from '../core/github/pace.ts';
import type { LedgerEntry } from '../local/standin/github/pipeline.ts';

/** The most that one installation did within a minute and an hour of GitHub's clock. */
export type Busiest = Readonly<{
  contentPerMinute: number;
  contentPerHour: number;
  points: number;
}>;

type Line = Pick<LedgerEntry, 'time' | 'method' | 'path' | 'principal'>;

/** Returns the busiest minute and hour of any installation, where a minute lasts `minuteMs`. */
export function busiest(calls: readonly Line[], minuteMs: number): Busiest {
  const each = [...Map.groupBy(calls, ({ principal }) => principal.installationId).values()];
  const most = (weigh: (line: Line) => number, lengthMs: number) =>
    Math.max(0, ...each.map((lines) => mostWithin(lines, { weigh, lengthMs })));
  const content = ({ method, path }: Line) => (isContent(method, path) ? 1 : 0);
  return {
    contentPerMinute: most(content, minuteMs),
    contentPerHour: most(content, minuteMs * 60),
    points: most(({ method }) => (method === 'GET' ? 1 : 5), minuteMs),
  };
}

type Weighing = Readonly<{ weigh: (line: Line) => number; lengthMs: number }>;

function mostWithin(lines: readonly Line[], { weigh, lengthMs }: Weighing): number {
  let from = 0;
  let sum = 0;
  let most = 0;
  for (const line of lines) {
    sum += weigh(line);
    for (
      let first = lines[from];
      first && first.time <= line.time - lengthMs;
      first = lines[from]
    ) {
      sum -= weigh(first);
      from += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/**
 * Returns the shortest time (ms) between two edits of the same comment, its last one left out, because the end is shown
 * at once; undefined where there are not two.
 */
export function closestEdits(edits: readonly Line[]): number | undefined {
  const comments = Map.groupBy(edits, ({ path }) => path);
  const gaps = [...comments.values()].flatMap((lines) =>
    lines
      .slice(1, -1)
      .map(({ time }, index) => time - (lines[index]?.time ?? Number.NEGATIVE_INFINITY)),
  );
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}
