/** Terminal colours and the like. */
const ansi = new RegExp(
  String.raw`\u{1B}(?:\[[0-9;?]{0,64}[ -\/]{0,8}[@-~]|\][^\u{7}\u{1B}]{0,500}(?:\u{7}|\u{1B}\\)?)`,
  'gu',
);

/** Controls but tab and line feed, soft hyphens, direction marks, zero-width characters, annotations and tags. */
const unseen = new RegExp(
  [
    String.raw`[\u{0}-\u{8}\u{B}-\u{1F}\u{7F}-\u{9F}\u{AD}\u{61C}\u{200B}\u{200E}\u{200F}`,
    String.raw`\u{2028}-\u{202E}\u{2060}-\u{206F}\u{FEFF}\u{FFF9}-\u{FFFB}\u{E0000}-\u{E0FFF}]`,
  ].join(''),
  'gu',
);

/**
 * Returns text as it is shown in code and output: what nobody would see in it stands there as `[U+202E]`, terminal
 * colours are gone, lone surrogates are replaced. Nothing reads in another order than it is written.
 */
export function marked(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(ansi, '')
    .toWellFormed()
    .replaceAll(unseen, (char) => {
      const code = char.codePointAt(0) ?? 0;
      return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    });
}
