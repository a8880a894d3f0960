/**
 * Returns those of the offsets (in rising order) that lie in no code span and no HTML comment of this paragraph
 * (CommonMark 6.1 and 6.6). Linear in the length of the text.
 */
export function outsideInline(text: string, offsets: readonly number[]): readonly number[] {
  const closers = runsByLength(text);
  const lastComment = text.lastIndexOf('-->');
  let at = 0;
  return offsets.filter((offset) => {
    while (at < offset) at = spanEnd(text, { at, closers, lastComment });
    return at === offset;
  });
}

/** Where each run of backticks starts, by its length, the last one first. */
function runsByLength(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const starts = runs.get(run.length) ?? [];
    starts.push(index);
    runs.set(run.length, starts);
  }
  for (const starts of runs.values()) starts.reverse();
  return runs;
}

type Place = Readonly<{ at: number; closers: Map<number, number[]>; lastComment: number }>;

/** The end of the span that opens at this place; the next place when none does. */
function spanEnd(text: string, place: Place): number {
  const { at } = place;
  const char = text[at];
  if (char === '\\') return text[at + 1] === '\n' ? at + 1 : at + 2;
  if (char === '`') return codeEnd(text, place);
  if (char === '<' && place.lastComment >= at + 4 && text.startsWith('<!--', at))
    return text.indexOf('-->', at + 4) + 3;
  return at + 1;
}

function codeEnd(text: string, { at, closers }: Place): number {
  let length = 1;
  while (text[at + length] === '`') length += 1;
  const starts = closers.get(length) ?? [];
  while ((starts.at(-1) ?? Number.POSITIVE_INFINITY) <= at) starts.pop();
  const close = starts.at(-1);
  return close === undefined ? at + length : close + length;
}
