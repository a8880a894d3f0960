/** Returns what people see of a comment when they read it on GitHub: without HTML comments and invisible characters. */
export function shownText(text: string): string {
  return text
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replaceAll(/\p{Cf}/gu, '')
    .trim();
}
