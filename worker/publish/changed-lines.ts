import { unquoted } from './unquoted.ts';

/** What a change takes out of one text file and puts into it, line by line. */
export type ChangedLines = Readonly<{
  path: string;
  added: readonly string[];
  removed: readonly string[];
  /** The hunks as they stand in the diff, heads and context included. */
  hunks: readonly string[];
}>;

/** Reads the changed lines of each file out of a unified diff. Binary patches count as no lines. */
export function changedLines(diff: Buffer): readonly ChangedLines[] {
  const files: { path: string; added: string[]; removed: string[]; hunks: string[] }[] = [];
  let inHunk = false;
  for (const line of diff.toString('utf8').split('\n')) {
    const file = files.at(-1);
    // Inside a hunk every line starts with a space, a plus, a minus or a backslash.
    if (line.startsWith('diff --git ')) {
      inHunk = false;
      files.push({ path: '', added: [], removed: [], hunks: [] });
    } else if (line.startsWith('@@ ')) inHunk = true;
    if (inHunk) file?.hunks.push(line);
    if (!file || line.startsWith('@@ ')) continue;
    if (inHunk && line.startsWith('+')) file.added.push(line.slice(1));
    else if (inHunk && line.startsWith('-')) file.removed.push(line.slice(1));
    else if (!inHunk && /^(?:---|\+\+\+) /.test(line)) file.path = pathIn(line) ?? file.path;
  }
  return files;
}

/**
 * A file that was deleted has its name before, any other the one after. git ends a name that holds spaces with a tab, and
 * quotes one that holds more than that.
 */
function pathIn(line: string): string | undefined {
  const name = unquoted(line.slice(4).replace(/\t$/, ''));
  return name === '/dev/null' ? undefined : name.replace(/^[ab]\//, '');
}
