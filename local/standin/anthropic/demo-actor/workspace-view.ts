import { parseNumberedLines } from './numbered-lines.ts';
import { type Call, inputText } from './read-conversation.ts';

/** A file as last read. `isStale` once it was edited afterwards. */
export type FileView = Readonly<{ path: string; lines: readonly string[]; isStale: boolean }>;

/** A read that told too little to work with. */
export type UnclearRead = Readonly<{ path: string; problem: string }>;

export type TestRun = Readonly<{ command: string; exitCode: number; output: string }>;

/** What the calls so far tell about the workspace. */
export type WorkspaceView = Readonly<{
  /** Paths that searches named, in order, without duplicates. */
  paths: readonly string[];
  files: readonly FileView[];
  unclear: readonly UnclearRead[];
  edits: readonly Call[];
  /** Edits that were refused since the last one that was made; `isSeen`: the file was read after the last refusal. */
  refusals: Readonly<{ calls: readonly Call[]; isSeen: boolean }>;
  /** Runs since the last edit, and the very first one. */
  runsSinceEdit: readonly TestRun[];
  firstRun: TestRun | null;
  /** Why no command can be run, in the tool's own words. */
  shellProblem: string | null;
}>;

const SOURCE_PATH = /\/?(?:[\w@.-]+\/)*[\w@.-]+\.(?:ts|mts|js|mjs|cjs|md)\b/g;

/** Returns the view that the calls give, oldest first. */
export function viewWorkspace(calls: readonly Call[]): WorkspaceView {
  const lastEdit = calls.findLastIndex(({ name, isError }) => name === 'edit' && !isError);
  const runs = calls.flatMap((call, index) => {
    const run = testRunOf(call);
    return run === null ? [] : [{ run, index }];
  });
  const reads = calls.filter(({ name, isError }) => name === 'read' && !isError);
  return {
    paths: pathsIn(calls.filter(({ name }) => name === 'glob' || name === 'grep')),
    files: viewFiles(calls),
    unclear: reads.flatMap(unclearRead),
    edits: calls.filter(({ name, isError }) => name === 'edit' && !isError),
    refusals: refusalsIn(calls.slice(lastEdit + 1)),
    runsSinceEdit: runs.filter(({ index }) => index > lastEdit).map(({ run }) => run),
    firstRun: runs[0]?.run ?? null,
    shellProblem: shellProblem(calls),
  };
}

/** Returns the paths that occur in the outputs of the calls, in order, without duplicates. */
export function pathsIn(calls: readonly Call[]): string[] {
  const found = calls.flatMap(({ output }) => output.match(SOURCE_PATH) ?? []);
  return [...new Set(found.map((path) => path.replace(/^\.\//, '')))];
}

/** Returns whether a path names a test by its folder or its name. */
export function isTestPath(path: string): boolean {
  return /(?:^|\/)(?:tests?|__tests__|spec)\/|\.(?:test|spec)\.\w+$/.test(path);
}

function viewFiles(calls: readonly Call[]): FileView[] {
  const files = new Map<string, FileView>();
  for (const call of calls) {
    const path = inputText(call, 'file_path');
    if (call.isError) continue;
    const known = files.get(path);
    if (call.name === 'edit' && known !== undefined) files.set(path, { ...known, isStale: true });
    const parsed = call.name === 'read' ? parseNumberedLines(call.output) : null;
    if (parsed?.isWhole === true) files.set(path, { path, lines: parsed.lines, isStale: false });
  }
  return [...files.values()];
}

function refusalsIn(calls: readonly Call[]): WorkspaceView['refusals'] {
  const refused = calls.filter(({ name, isError }) => name === 'edit' && isError);
  const last = refused.at(-1);
  const isSeen =
    last !== undefined &&
    calls
      .slice(calls.indexOf(last))
      .some(
        (call) =>
          call.name === 'read' &&
          !call.isError &&
          inputText(call, 'file_path') === inputText(last, 'file_path'),
      );
  return { calls: refused, isSeen };
}

function unclearRead(call: Call): UnclearRead[] {
  const path = inputText(call, 'file_path');
  const parsed = parseNumberedLines(call.output);
  if (parsed === null) return [{ path, problem: 'the output has no line numbers' }];
  return parsed.isWhole ? [] : [{ path, problem: 'lines are missing from the output' }];
}

function testRunOf(call: Call): TestRun | null {
  if (call.name !== 'bash' || call.isError) return null;
  const code = [...call.output.matchAll(/exit code:?\s*(\d+)/gi)].at(-1)?.[1];
  if (code === undefined) return null;
  return { command: inputText(call, 'command'), exitCode: Number(code), output: call.output };
}

// An error means that the command did not run; an output without exit code cannot be judged. A command that a restart
// interrupted says nothing about the shell.
function shellProblem(calls: readonly Call[]): string | null {
  const unusable = calls.find(
    (call) => call.name === 'bash' && testRunOf(call) === null && !isInterrupted(call),
  );
  if (unusable === undefined) return null;
  if (!unusable.isError) return 'the command output has no exit code';
  return unusable.output.split('\n')[0]?.trim() ?? 'the shell answered with an error';
}

function isInterrupted({ isError, output }: Call): boolean {
  return isError && /\brestarted\b/.test(output);
}
