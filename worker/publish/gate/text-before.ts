/**
 * Returns what a text file held before, out of what it holds now and its part of a unified diff; undefined when the two
 * do not fit. Pure.
 */
export function textBefore(now: string, hunks: readonly string[]): string | undefined {
  const lines = now.split('\n');
  const before: string[] = [];
  let at = 0;
  for (const line of hunks) {
    const start = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (start) {
      const [, from = '', count] = start;
      // Of an empty side git names the line before it.
      const to = Number(from) - (count === '0' ? 0 : 1);
      while (at < to) before.push(lines[at++] ?? '');
    } else if (line.startsWith('-')) before.push(line.slice(1));
    else if (line.startsWith('+') || line.startsWith(' ')) {
      if (lines[at] !== line.slice(1)) return undefined;
      if (line.startsWith(' ')) before.push(line.slice(1));
      at += 1;
    }
  }
  return [...before, ...lines.slice(at)].join('\n');
}
