/** A stretch of a text, by its offsets. */
type Stretch = Readonly<{ start: number; end: number }>;

const definition = /(?<=^|\n[ \t>]*)\[\^([^\]\s]{1,100})\]:/g;
const mention = /\[\^([^\]\s]{1,100})\](:?)/g;

/** How a footnote is told from other references. */
export function noteName(label: string): string {
  return `^${label.toLowerCase()}`;
}

/** The footnotes that a text without markup refers to. */
export function notesReferredTo(text: string): readonly string[] {
  return Array.from(text.matchAll(mention))
    .filter(
      ({ index, 2: colon }) =>
        colon === '' || !/(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, index - 20), index)),
    )
    .map(({ 1: label = '' }) => noteName(label));
}

/**
 * Returns the footnotes in a paragraph of CommonMark, which does not know them, that nothing refers to: GitHub does not
 * show those. Each reaches to the next one, or to the paragraph's end.
 */
export function hiddenNotes(paragraph: string, wanted: ReadonlySet<string>): readonly Stretch[] {
  const found = Array.from(paragraph.matchAll(definition));
  return found
    .map(({ index, 1: label = '' }, at) => ({
      name: noteName(label),
      start: index,
      end: found[at + 1]?.index ?? paragraph.length,
    }))
    .filter(({ name }) => !wanted.has(name))
    .map(({ start, end }) => ({ start, end }));
}
