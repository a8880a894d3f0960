import type { Change, Changes } from '../../workspace/changes.ts';
import { type ChangedLines, changedLines } from '../changed-lines.ts';

/** What the gate knows of one changed file. */
export type GateFile = Readonly<{
  path: string;
  /** Modes as git writes them; undefined where there is no file on that side. */
  mode: string | undefined;
  modeBefore: string | undefined;
  /** Bytes that it has now. */
  size: number;
  /** What it holds now; undefined where that was not read, for a text whose lines are known. */
  content: Buffer | undefined;
  /** The lines that a text gained. */
  added: readonly string[];
  /** Its part of a unified diff; undefined where that is not known. */
  hunks: readonly string[] | undefined;
  /** True when its name is new and differs from another one by case or Unicode form only. */
  collides: boolean;
}>;

/** Returns the files of a change as the gate looks at them. Pure. */
export function gateFiles({ changes, diff, collisions = [] }: Changes): readonly GateFile[] {
  const lines = new Map(changedLines(diff).map((file) => [file.path, file]));
  const taken = new Set(collisions);
  return changes.map((change) => toGateFile(change, lines.get(change.path), taken));
}

function toGateFile(
  change: Change,
  lines: ChangedLines | undefined,
  taken: ReadonlySet<string>,
): GateFile {
  const gone = change.status === 'deleted';
  const content = gone ? Buffer.alloc(0) : change.content;
  // git shows what was bytes before, or has another mode alone, without lines.
  const unknown = change.status === 'modified' && (lines?.hunks ?? []).length === 0;
  return {
    path: change.path,
    mode: gone ? undefined : change.mode,
    modeBefore: change.status === 'added' ? undefined : change.previousMode,
    size: content.length,
    content,
    added: unknown ? linesOf(content) : (lines?.added ?? []),
    hunks: unknown ? undefined : (lines?.hunks ?? []),
    collides: taken.has(change.path),
  };
}

/** All lines of a text, for where it is not known which ones are new; a long text as one, and none of bytes. Pure. */
export function linesOf(content: Buffer | undefined): readonly string[] {
  if (!content || content.includes(0)) return [];
  const text = content.toString('utf8');
  // A line end of its own takes as much memory as a line of text.
  return content.length > maxSplitBytes ? [text.replaceAll('\r\n', '\n')] : text.split('\n');
}

const maxSplitBytes = 5 * 1024 * 1024;
