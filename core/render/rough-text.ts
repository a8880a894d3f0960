import type { Visible } from './hidden.ts';

const title = String.raw`(?:"[^"]{0,2000}"|'[^']{0,2000}'|\([^()]{0,2000}\))`;
const image = /!\[[^\]]{0,2000}\](?:\([^()]{0,1000}\)|\[[^\]]{0,1000}\])/g;
const linkTitle = new RegExp(String.raw`(\]\([^()\s]{0,1000})\s{1,20}${title}\)`, 'g');
const definition = new RegExp(
  String.raw`^[ \t>]{0,20}\[[^\]]{1,999}\]:[ \t]*\n?[ \t]*\S{1,1000}(?:\s{1,20}${title})?[ \t]*$`,
  'gm',
);
const note = /^[ \t>]{0,20}\[\^[^\]\s]{1,100}\]:.*$/gm;

/**
 * Takes out of Markdown what may not be seen where there is too much of it to be parsed: images, titles of links,
 * definitions and footnotes, also such as are seen. Counts the characters.
 */
export function roughText(markdown: string): Visible {
  const text = markdown
    .replaceAll(image, '(image)')
    .replaceAll(linkTitle, '$1)')
    .replaceAll(definition, '')
    .replaceAll(note, '');
  return { text, removed: markdown.length - text.length };
}
