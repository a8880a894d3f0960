/** Text without what a reader can't see, and how many characters were removed. */
export type Visible = Readonly<{ text: string; removed: number }>;

/** Code points that are not shown. U+FE0F (emoji style) and U+200D inside an emoji stay. */
const hiddenRanges: readonly (readonly [number, number])[] = [
  // Controls, except tab and line feed.
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  // Soft hyphen, grapheme joiner, fillers and invisible vowels.
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x3164, 0x3164],
  [0xffa0, 0xffa0],
  // Bidirectional marks, overrides and isolates; zero-width characters and invisible operators.
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  // Lone surrogates, variation selectors, annotation anchors, tags.
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0e],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];

// Flags of England, Scotland and Wales are the only emoji that need tags (Unicode's RGI_Emoji_Tag_Sequence).
const flag = String.raw`\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`;
const joined = String.raw`\p{Extended_Pictographic}\u{FE0F}?[\u{1F3FB}-\u{1F3FF}]?\u{200D}(?=\p{Extended_Pictographic})`;
const ansi = String.raw`\u{1B}\[[0-9;?]{0,64}[ -\/]{0,8}[@-~]`;
const hidden = hiddenRanges.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('');
const pattern = new RegExp(`(${flag}|${joined})|${ansi}|[${hidden}]`, 'gu');

/**
 * Returns the text without control, bidirectional, zero-width and tag characters and terminal colours, so that what is
 * shown is all there is. Line ends become `\n`, which does not count as removed. Emoji stay whole.
 */
export function visible(text: string): Visible {
  let removed = 0;
  const cleaned = text
    .replaceAll('\r\n', '\n')
    .replaceAll(pattern, (match, kept: string | undefined) => {
      if (kept !== undefined) return kept;
      removed += Array.from(match).length;
      return '';
    });
  return { text: cleaned, removed };
}

function escaped(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}
