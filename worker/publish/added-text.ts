/** All lines that a change adds to one text file. */
export type AddedText = Readonly<{ path: string; text: string }>;

/** Reads the added lines of each file out of a unified diff. Binary patches count as no lines. */
export function addedText(diff: Buffer): readonly AddedText[] {
  const files: { path: string; lines: string[] }[] = [];
  let inHunk = false;
  for (const line of diff.toString('utf8').split('\n')) {
    // Inside a hunk every line starts with a space, a plus, a minus or a backslash.
    if (line.startsWith('diff --git ')) {
      inHunk = false;
      files.push({ path: '', lines: [] });
    } else if (line.startsWith('@@ ')) inHunk = true;
    else if (!inHunk && line.startsWith('+++ ')) setPath(files.at(-1), line);
    else if (inHunk && line.startsWith('+')) files.at(-1)?.lines.push(line.slice(1));
  }
  return files
    .filter((file) => file.lines.length > 0)
    .map((file) => ({ path: file.path, text: file.lines.join('\n') }));
}

/** git ends a name that holds spaces with a tab. */
function setPath(file: { path: string } | undefined, line: string): void {
  if (file) file.path = line.slice('+++ '.length).replace(/\t$/, '').replace(/^b\//, '');
}
