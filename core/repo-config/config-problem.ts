/** What is wrong at one place of a file: `path` as in `verify[1]`, empty for the whole file; `line` counts from 1. */
export type ConfigProblem = Readonly<{ path: string; line: number | undefined; text: string }>;

/** One sentence for people. `file` is how the file is called where the sentence stands. Pure. */
export function problemSentence(file: string, { line, text }: ConfigProblem): string {
  return line === undefined ? `${file}: ${text}` : `${file}, line ${String(line)}: ${text}`;
}
