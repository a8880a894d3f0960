import { z } from 'zod';

/** A file with its number of matching lines. */
export type FoundFile = Readonly<{ path: string; count: number }>;

/** One printed line: `at` is where the first match starts in it, undefined for a line of context. */
export type FoundLine = Readonly<{ path: string; number: number; text: string; at?: number }>;

// ripgrep's JSON: https://docs.rs/grep-printer, "JSON output". Text that is not UTF-8 comes as base64 in `bytes`.
const Text = z.union([
  z.object({ text: z.string() }).transform(({ text }) => text),
  z
    .object({ bytes: z.string() })
    .transform(({ bytes }) => Buffer.from(bytes, 'base64').toString('latin1')),
]);
const LineRecord = z.object({
  type: z.enum(['match', 'context']),
  data: z.object({
    path: Text,
    lines: Text,
    line_number: z.number(),
    submatches: z.array(z.object({ start: z.number() })),
  }),
});

const MAX_TEXT = 300;
const MAX_OUTPUT = 50_000;

/** The lines of `rg --json`, ordered by path and line number. A match over several lines becomes several lines. */
export function parseMatches(stdout: Buffer, show: (path: string) => string): FoundLine[] {
  const found: FoundLine[] = [];
  // Every record has its line end: what follows the last one was cut.
  for (const record of stdout.toString('utf8').split('\n').slice(0, -1)) {
    if (!/^\{"type":"(match|context)"/.test(record)) continue;
    const { type, data } = LineRecord.parse(JSON.parse(record));
    const path = show(data.path);
    const start = Buffer.from(data.lines).subarray(0, data.submatches[0]?.start).toString().length;
    for (const [index, text] of data.lines
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .entries()) {
      const at = type === 'context' ? undefined : index === 0 ? start : 0;
      found.push({ path, number: data.line_number + index, text, at });
    }
  }
  return found.toSorted((a, b) =>
    a.path === b.path ? a.number - b.number : a.path < b.path ? -1 : 1,
  );
}

/** Matches `offset` to `offset + limit - 1` with their context, grouped by file. */
export function renderMatches(
  lines: readonly FoundLine[],
  range: Readonly<{ offset: number; limit: number }>,
): string {
  const total = lines.filter(({ at }) => at !== undefined).length;
  if (total === 0) return 'No matches found.';
  if (range.offset >= total) return `[offset ${range.offset} is past the last of ${total} matches]`;
  const page = slicePage(lines, range);
  const end = range.offset + page.matches;
  const note =
    end < total || range.offset > 0
      ? [
          `[matches ${range.offset + 1}–${end} of ${total}${end < total ? `; continue with offset=${end}` : ''}]`,
        ]
      : [];
  return [...page.lines, ...note].join('\n');
}

function slicePage(
  lines: readonly FoundLine[],
  range: Readonly<{ offset: number; limit: number }>,
): { lines: string[]; matches: number } {
  const shown: string[] = [];
  let met = 0;
  let matches = 0;
  let size = 0;
  let previous: FoundLine | undefined;
  for (const line of lines) {
    if (line.at !== undefined) met += 1;
    if (met < range.offset || (met === range.offset && line.at !== undefined)) continue;
    if (met > range.offset + range.limit) break;
    const text = renderLine(line);
    size += text.length;
    if (size > MAX_OUTPUT && matches > 0) break;
    if (line.path !== previous?.path) shown.push(...(previous ? ['', line.path] : [line.path]));
    else if (line.number > previous.number + 1 && isContext(lines)) shown.push('  --');
    shown.push(text);
    if (line.at !== undefined) matches += 1;
    previous = line;
  }
  return { lines: shown, matches };
}

function isContext(lines: readonly FoundLine[]): boolean {
  return lines.some(({ at }) => at === undefined);
}

function renderLine({ number, text, at }: FoundLine): string {
  return `${String(number).padStart(6)}${at === undefined ? '-' : ':'} ${clip(text, at ?? 0)}`;
}

/** A long line is shown around its first match. */
function clip(text: string, at: number): string {
  if (text.length <= MAX_TEXT) return text;
  const start = at > MAX_TEXT - 100 ? at - 100 : 0;
  const end = start + MAX_TEXT;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
