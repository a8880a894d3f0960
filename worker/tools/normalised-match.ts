/** A place where whole lines match but for their spelling. Offsets in characters, `line` from 1. */
export type NormalisedMatch = Readonly<{
  start: number;
  end: number;
  line: number;
  /** The new text, fitted to the indentation and line ends found there. */
  replacement: string;
}>;

type Found = Readonly<{ matches: readonly NormalisedMatch[]; ignored: string }>;

type Line = Readonly<{ text: string; start: number; end: number }>;

/**
 * Looks for whole lines that equal `oldText` when trailing white space, typographic quotes and compatibility forms
 * are ignored, then also the common indentation. Returns every place of the first way that has any.
 */
export function findNormalised(text: string, oldText: string, newText: string): Found {
  const lines = splitLines(text);
  const { oldLines: wanted, newText: fresh } = withoutOuterBreaks(oldText, newText);
  const none = { matches: [], ignored: '' };
  if (wanted.every((line) => line.trim() === '')) return none;

  const spelled = wanted.map(spelling);
  const spelledLines = lines.map((line) => spelling(line.text));
  const same = windows(spelledLines, spelled);
  if (same.length > 0) {
    const matches = same.map((index) =>
      fit(lines, index, { wanted, newText: fresh, reindent: false }),
    );
    return { matches, ignored: 'trailing white space, line ends or typographic characters' };
  }
  const bare = dedent(spelled);
  const shifted = candidates(spelledLines, bare).filter((index) =>
    equal(dedent(spelledLines.slice(index, index + bare.length)), bare),
  );
  const matches = shifted.map((index) =>
    fit(lines, index, { wanted, newText: fresh, reindent: true }),
  );
  return matches.length > 0 ? { matches, ignored: 'indentation' } : none;
}

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const part of text.split('\n')) {
    lines.push({ text: part, start, end: start + part.length });
    start += part.length + 1;
  }
  return lines;
}

/** Takes the blank lines at both ends off the old text, and as many off the new one. */
function withoutOuterBreaks(oldText: string, newText: string) {
  const oldLines = oldText.split('\n');
  const newLines = newText.split('\n');
  while (oldLines.length > 1 && isBlank(oldLines[0])) {
    oldLines.shift();
    if (newLines.length > 1 && isBlank(newLines[0])) newLines.shift();
  }
  while (oldLines.length > 1 && isBlank(oldLines.at(-1))) {
    oldLines.pop();
    if (newLines.length > 1 && isBlank(newLines.at(-1))) newLines.pop();
  }
  return { oldLines, newText: newLines.join('\n') };
}

function isBlank(line: string | undefined): boolean {
  return line?.trim() === '';
}

/** One way to write a line: NFKC, ASCII quotes and dashes, no white space at the end. */
function spelling(line: string): string {
  return line
    .normalize('NFKC')
    .replace(/[\u2018\u2019\u201A\u201B\u2032]/g, "'")
    .replace(/[\u201C\u201D\u201E\u201F\u2033]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .trimEnd();
}

function windows(lines: readonly string[], wanted: readonly string[]): number[] {
  const starts: number[] = [];
  for (let index = 0; index + wanted.length <= lines.length; index += 1) {
    if (wanted.every((line, at) => lines[index + at] === line)) starts.push(index);
  }
  return starts;
}

/** Where the first lines are equal but for indentation, so that few windows need a closer look. */
function candidates(lines: readonly string[], wanted: readonly string[]): number[] {
  const first = wanted[0]?.trim();
  const starts: number[] = [];
  for (let index = 0; index + wanted.length <= lines.length; index += 1) {
    if (lines[index]?.trim() === first) starts.push(index);
  }
  return starts;
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

function dedent(lines: readonly string[]): string[] {
  const indent = commonIndent(lines);
  return lines.map((line) => line.slice(Math.min(indent.length, line.length)));
}

function commonIndent(lines: readonly string[]): string {
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  return indents.length > 0 ? indents.reduce(commonStart) : '';
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}

function fit(
  lines: readonly Line[],
  index: number,
  how: Readonly<{ wanted: readonly string[]; newText: string; reindent: boolean }>,
): NormalisedMatch {
  const matched = lines.slice(index, index + how.wanted.length);
  const crlf = matched[0]?.text.endsWith('\r') ?? false;
  const fresh = how.newText.split('\n');
  const from = commonIndent(how.wanted);
  const to = commonIndent(matched.map((line) => line.text.trimEnd()));
  const shifted = how.reindent ? fresh.map((line) => shift(line, from, to)) : fresh;
  const ended =
    crlf && how.newText !== ''
      ? shifted.map((line) => (line.endsWith('\r') ? line : `${line}\r`))
      : shifted;
  return {
    start: matched[0]?.start ?? 0,
    // Lines that are replaced by nothing go with their line end.
    end: (matched.at(-1)?.end ?? 0) + (how.newText === '' ? 1 : 0),
    line: index + 1,
    replacement: ended.join('\n'),
  };
}

function shift(line: string, from: string, to: string): string {
  if (line.trim() === '') return line;
  return line.startsWith(from) ? to + line.slice(from.length) : line;
}
