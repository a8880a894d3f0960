/** The text of a file as the `read` tool shows it: `     1\tcode` per line. */
export type NumberedLines = Readonly<{ lines: readonly string[]; isWhole: boolean }>;

/**
 * Returns the lines of a `read` output, or null when it has no numbered lines. `isWhole` is false when numbers are
 * missing or the output says that more follows.
 */
export function parseNumberedLines(output: string): NumberedLines | null {
  const rows = output
    .split('\n')
    .flatMap((line) => [/^\s*(\d+)\t(.*)$/.exec(line)].filter((row) => row !== null));
  if (rows.length === 0) return null;
  const isContiguous = rows.every((row, index) => Number(row[1]) === index + 1);
  const hint = /lines\s+\d+\s*[-–]\s*(\d+)\s+of\s+(\d+)/.exec(output);
  const goesOn = /continue with offset/.test(output) || (hint !== null && hint[1] !== hint[2]);
  return { lines: rows.map((row) => row[2] ?? ''), isWhole: isContiguous && !goesOn };
}
