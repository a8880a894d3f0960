import { distance } from 'fastest-levenshtein';
import { findNormalised } from './normalised-match.ts';
import { numberLines } from './number-lines.ts';

/** What to replace. All strings are taken literally. */
export type Replacement = Readonly<{ oldText: string; newText: string; all: boolean }>;

/** A replaced text, or why nothing was replaced. Line numbers count from 1 and refer to the text given. */
export type ReplaceOutcome =
  | Readonly<{
      type: 'replaced';
      text: string;
      count: number;
      /** First and last changed line in the new text. */
      lines: Readonly<{ first: number; last: number }>;
      /** Set when the match was not exact: what was ignored. */
      ignored?: string;
    }>
  | Readonly<{ type: 'many'; lines: readonly number[]; normalised: boolean }>
  | Readonly<{ type: 'none'; closest?: string }>;

/** Replaces exact matches; without one, a single match that differs in spelling only (see findNormalised). */
export function replaceText(text: string, replacement: Replacement): ReplaceOutcome {
  const { oldText, newText, all } = replacement;
  const starts = all ? occurrences(text, oldText) : withOverlap(text, oldText);
  if (starts.length > 1 && !all) {
    return { type: 'many', lines: linesOf(text, starts), normalised: false };
  }
  const [start] = starts;
  if (start !== undefined) {
    return {
      type: 'replaced',
      text: text.split(oldText).join(newText),
      count: starts.length,
      lines: span(linesOf(text, [start])[0] ?? 1, newText),
    };
  }
  return replaceNormalised(text, replacement);
}

function replaceNormalised(text: string, replacement: Replacement): ReplaceOutcome {
  const found = findNormalised(text, replacement.oldText, replacement.newText);
  const [match] = found.matches;
  if (!match) return { type: 'none', closest: closestLines(text, replacement.oldText) };
  if (found.matches.length > 1) {
    return { type: 'many', lines: found.matches.map(({ line }) => line), normalised: true };
  }
  return {
    type: 'replaced',
    text: text.slice(0, match.start) + match.replacement + text.slice(match.end),
    count: 1,
    lines: span(match.line, match.replacement),
    ignored: found.ignored,
  };
}

function occurrences(text: string, part: string): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) {
    starts.push(at);
  }
  return starts;
}

/** The same, with a second one that overlaps the only one: `}\n}\n` occurs twice in three such lines. */
function withOverlap(text: string, part: string): number[] {
  const starts = occurrences(text, part);
  const [only, second] = starts;
  if (only === undefined || second !== undefined) return starts;
  const overlapping = text.indexOf(part, only + 1);
  return overlapping === -1 ? starts : [only, overlapping];
}

/** The line of each place, counted from 1. The places are in order, so that one pass is enough for any number. */
function linesOf(text: string, places: readonly number[]): number[] {
  let line = 1;
  let next = text.indexOf('\n');
  return places.map((at) => {
    for (; next !== -1 && next < at; next = text.indexOf('\n', next + 1)) line += 1;
    return line;
  });
}

function span(first: number, inserted: string): { first: number; last: number } {
  const breaks = inserted.split('\n').length - 1;
  return { first, last: first + (inserted.endsWith('\n') ? breaks - 1 : breaks) };
}

const MAX_COMPARED_LINES = 20_000;
const MAX_COMPARED_LENGTH = 300;

/** The lines around the one most like the first line of `wanted`; undefined when nothing is alike. */
function closestLines(text: string, wanted: string): string | undefined {
  const target = wanted
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '');
  if (!target || target.length > MAX_COMPARED_LENGTH) return undefined;
  const lines = text.split('\n');
  let best = { index: -1, far: Math.ceil(target.length * 0.5) };
  for (const [index, line] of lines.slice(0, MAX_COMPARED_LINES).entries()) {
    const candidate = line.trim();
    if (Math.abs(candidate.length - target.length) >= best.far) continue;
    const far = distance(candidate, target);
    if (far < best.far) best = { index, far };
  }
  if (best.index === -1) return undefined;
  const first = Math.max(0, best.index - 2);
  const height = Math.min(wanted.split('\n').length, 12) + 4;
  const near = lines.slice(first, first + height).map((line) => line.slice(0, 500));
  return numberLines(near, first + 1);
}
