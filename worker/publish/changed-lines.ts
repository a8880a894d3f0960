import { unquoted } from './unquoted.ts';

/** What a change takes out of one text file and puts into it, line by line. */
export type ChangedLines = Readonly<{
  path: string;
  added: readonly string[];
  removed: readonly string[];
  /** The hunks as they stand in the diff, heads and context included. */
  hunks: readonly string[];
  /** True when there were too many lines to hold them one by one: `added` is one text, and the rest is left out. */
  unsplit: boolean;
}>;

/** Bytes of the diff of one file, and of all before it, that are split into lines: each line takes memory of its own. */
const maxFileBytes = 5 * 1024 * 1024;
const maxBytes = 10 * 1024 * 1024;

/** Reads the changed lines of each file out of a unified diff. Binary patches count as no lines. */
export function changedLines(diff: Buffer): readonly ChangedLines[] {
  let split = 0;
  return filesIn(diff).map((part) => {
    const short = part.length <= maxFileBytes && split + part.length <= maxBytes;
    if (!short) return unsplitLines(part);
    split += part.length;
    return splitLines(part.toString('utf8'));
  });
}

/** The parts of a diff that are about one file each. A line that looks like a head has a mark before it in a hunk. */
function filesIn(diff: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = diff.indexOf('diff --git ');
  while (from >= 0) {
    const next = diff.indexOf('\ndiff --git ', from);
    parts.push(diff.subarray(from, next < 0 ? diff.length : next + 1));
    from = next < 0 ? -1 : next + 1;
  }
  return parts;
}

function splitLines(part: string): ChangedLines {
  const lines = part.replace(/\n$/, '').split('\n');
  const start = lines.findIndex((line) => line.startsWith('@@ '));
  const hunks = start < 0 ? [] : lines.slice(start);
  const marked = (mark: string) =>
    hunks.filter((line) => line.startsWith(mark)).map((line) => line.slice(1));
  const path = nameIn(start < 0 ? lines : lines.slice(0, start));
  return { path, added: marked('+'), removed: marked('-'), hunks, unsplit: false };
}

function unsplitLines(part: Buffer): ChangedLines {
  const start = part.indexOf('\n@@ ');
  // What has no hunk is bytes.
  const head = part.subarray(0, start < 0 ? Math.min(part.length, longestHead) : start);
  const path = nameIn(head.toString('utf8').split('\n'));
  const added = start < 0 ? [] : [addedIn(part.subarray(start + 1))];
  return { path, added, removed: [], hunks: [], unsplit: true };
}

const longestHead = 64 * 1024;
const [plus, newline] = [0x2b, 0x0a];

/** The added lines of hunks as one text, copied byte by byte. */
function addedIn(hunks: Buffer): string {
  const text = Buffer.alloc(hunks.length);
  let length = 0;
  let taken = false;
  for (let at = 0; at < hunks.length; at += 1) {
    if (at === 0 || hunks[at - 1] === newline) {
      taken = hunks[at] === plus;
      if (taken) continue;
    }
    if (taken) text[length++] = hunks[at] ?? newline;
  }
  return text.toString('utf8', 0, length).replace(/\n$/, '');
}

function nameIn(head: readonly string[]): string {
  const names = head.filter((line) => /^(?:---|\+\+\+) /.test(line)).map((line) => pathIn(line));
  return names.findLast((name) => name !== undefined) ?? '';
}

/**
 * A file that was deleted has its name before, any other the one after. git ends a name that holds spaces with a tab, and
 * quotes one that holds more than that.
 */
function pathIn(line: string): string | undefined {
  const name = unquoted(line.slice(4).replace(/\t$/, ''));
  return name === '/dev/null' ? undefined : name.replace(/^[ab]\//, '');
}
