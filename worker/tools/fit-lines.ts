/** As many of the first lines as fit `maxCharacters`, at least one. */
export function fitLines(lines: readonly string[], maxCharacters: number): string[] {
  const shown: string[] = [];
  let size = 0;
  for (const line of lines) {
    size += line.length + 1;
    if (size > maxCharacters && shown.length > 0) break;
    shown.push(line);
  }
  return shown;
}

/** The most that a list of paths takes, in characters. */
export const MAX_LIST = 50_000;
