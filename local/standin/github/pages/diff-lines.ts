/** One line of a diff. A line that was not changed has both numbers. */
export type DiffLine = Readonly<{
  type: 'hunk' | 'same' | 'added' | 'removed';
  before: number | null;
  after: number | null;
  text: string;
}>;

/** The lines of a patch as GitHub gives it for a file: hunks, without the lines that name the file. */
export function diffLines(patch: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 0;
  let after = 0;
  for (const line of patch.split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    const text = line.slice(1);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      lines.push({ type: 'hunk', before: null, after: null, text: line });
    } else if (line.startsWith('+')) {
      lines.push({ type: 'added', before: null, after: after++, text });
    } else if (line.startsWith('-')) {
      lines.push({ type: 'removed', before: before++, after: null, text });
    } else if (line.startsWith(' ')) {
      lines.push({ type: 'same', before: before++, after: after++, text });
    }
  }
  return lines;
}

/** A side of a diff and a line number on it, as review comments name a place. */
export type Spot = Readonly<{ side: 'LEFT' | 'RIGHT'; line: number }>;

/** How a review comment on the line names it; undefined for the head of a hunk. */
export function spotOf(line: DiffLine): Spot | undefined {
  if (line.after !== null) return { side: 'RIGHT', line: line.after };
  return line.before === null ? undefined : { side: 'LEFT', line: line.before };
}

/** Whether the spot is on this line; an unchanged line is on both sides. */
export function isAt(line: DiffLine, spot: Spot): boolean {
  return spot.line === (spot.side === 'LEFT' ? line.before : line.after);
}
