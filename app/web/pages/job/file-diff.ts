import { parsePatch, type StructuredPatch, structuredPatch } from 'diff';

/** One line of a diff. `before` and `after` are its line numbers; a line without text for one side has none there. */
export type DiffLine = Readonly<{
  type: 'same' | 'added' | 'removed';
  text: string;
  before?: number;
  after?: number;
}>;

/** A part of a file that was changed, with the place where it begins. */
export type Hunk = Readonly<{ place: string; lines: readonly DiffLine[] }>;

/** One file of a patch. */
export type FileDiff = Readonly<{
  path: string;
  /** Its name before, when it was renamed. */
  from?: string;
  what: 'added' | 'deleted' | 'renamed' | 'changed' | 'mode' | 'binary';
  added: number;
  removed: number;
  hunks: readonly Hunk[];
}>;

/** Returns the files of a unified diff; undefined when it cannot be read as one. */
export function readPatch(text: string): readonly FileDiff[] | undefined {
  try {
    return parsePatch(text)
      .filter((file) => file.isGit === true || file.hunks.length > 0)
      .map(fileOf);
  } catch {
    // The parser throws plain errors for what it does not take; the page shows the text as it is then.
    return undefined;
  }
}

/** Returns how one text became another, with three lines around each change. */
export function diffTexts(path: string, before: string, after: string): FileDiff {
  const options = { context: 3, timeout: 200 };
  const patch = structuredPatch(path, path, ended(before), ended(after), '', '', options);
  const hunks = patch?.hunks ?? [];
  return { path, what: 'changed', hunks: hunks.map(hunkOf), ...counts(hunks) };
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function fileOf(file: StructuredPatch): FileDiff {
  const before = withoutPrefix(file.oldFileName);
  const after = withoutPrefix(file.newFileName);
  const path = after ?? before ?? 'unknown file';
  return {
    path,
    ...(before !== undefined && before !== path ? { from: before } : {}),
    what: whatOf(file, { before, after }),
    hunks: file.hunks.map(hunkOf),
    ...counts(file.hunks),
  };
}

type Names = Readonly<{ before: string | undefined; after: string | undefined }>;

function whatOf(file: StructuredPatch, { before, after }: Names): FileDiff['what'] {
  if (file.isBinary === true) return 'binary';
  if (file.isCreate === true || before === undefined) return 'added';
  if (file.isDelete === true || after === undefined) return 'deleted';
  if (before !== after) return 'renamed';
  return file.hunks.length === 0 ? 'mode' : 'changed';
}

function withoutPrefix(name: string | undefined): string | undefined {
  return name === undefined || name === '/dev/null' ? undefined : name.replace(/^[ab]\//, '');
}

type RawHunk = StructuredPatch['hunks'][number];

function hunkOf(hunk: RawHunk): Hunk {
  let before = hunk.oldStart;
  let after = hunk.newStart;
  const lines = hunk.lines.flatMap((line): DiffLine[] => {
    const text = line.slice(1);
    switch (line.charAt(0)) {
      case '+':
        return [{ type: 'added', text, after: after++ }];
      case '-':
        return [{ type: 'removed', text, before: before++ }];
      case '\\':
        return [];
      default:
        return [{ type: 'same', text, before: before++, after: after++ }];
    }
  });
  const place = `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;
  return { place, lines };
}

function counts(hunks: readonly RawHunk[]): Readonly<{ added: number; removed: number }> {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { added: count('+'), removed: count('-') };
}
