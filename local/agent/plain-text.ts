/**
 * Text of a model or of a command as a terminal may show it: line breaks and tabs stay, every other control character
 * goes, and so do the marks that turn the direction of writing.
 */
export function plainText(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, '');
}

/** The same on one line of at most `max` characters. */
export function plainLine(text: string, max: number): string {
  const line = plainText(text.replaceAll(/\s+/g, ' ')).trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
