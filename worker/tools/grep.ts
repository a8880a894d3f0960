import { type GrepInput, grepDefinition } from './definition/grep.ts';
import { fitLines, MAX_LIST } from './fit-lines.ts';
import { type FoundFile, parseMatches, renderMatches } from './grep-matches.ts';
import { type GlobScope, globScope } from './ignore-rules.ts';
import { ripgrep } from './ripgrep.ts';
import { searchPlace, type SearchPlace } from './search-place.ts';
import type { Tool } from './tool.ts';
import { textOutput } from './tool-result.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export const grepTool: Tool<'grep', typeof grepDefinition.input> = {
  ...grepDefinition,
  run: async (context, input) => {
    const place = searchPlace(context.workspace, input.path);
    const glob = input.glob?.replace(/^\/workspace\/repo\//, '/');
    const scope = await globScope(place, glob, context.signal);
    const query = [...filterArgs(input), ...scope.args, '-e', input.pattern, '--', place.target];
    const searched = await ripgrep(place.cwd, [...modeArgs(input), ...query], context.signal);
    const cut = searched.cut || scope.cut;
    const range = {
      offset: input.offset ?? 0,
      limit: Math.min(input.head_limit ?? DEFAULT_LIMIT, MAX_LIMIT),
    };
    const filesIn = (stdout: Buffer, counted: boolean) =>
      renderFiles(parseFiles(stdout, place, counted).filter(among(scope)), range);
    if (input.output_mode !== 'content') {
      return textOutput(withNote(filesIn(searched.stdout, input.output_mode === 'count'), cut));
    }
    const lines = parseMatches(searched.stdout, place.show).filter(among(scope));
    if (!searched.cut || lines.length > 0) {
      return textOutput(withNote(renderMatches(lines, range), cut));
    }
    // A single line can be longer than all that is taken in.
    const files = await ripgrep(place.cwd, [...FILES_ARGS, ...query], context.signal);
    return textOutput(`${filesIn(files.stdout, false)}\n${LINES_TOO_LONG}`);
  },
};

const FILES_ARGS = ['--files-with-matches', '--null'];
const LINES_TOO_LONG =
  '[only the files are shown, because matching lines are too long; show parts with bash: grep -oE ".{0,80}pattern.{0,80}" file]';

function withNote(text: string, cut: boolean): string {
  return cut ? `${text}\n[too many results to count; narrow the search]` : text;
}

function modeArgs(input: GrepInput): string[] {
  if (input.output_mode === 'content') return ['--json', `--context=${input.context ?? 0}`];
  return input.output_mode === 'count' ? ['--count', '--with-filename', '--null'] : FILES_ARGS;
}

function filterArgs(input: GrepInput): string[] {
  const args: string[] = [];
  if (input.ignore_case) args.push('--ignore-case');
  if (input.multiline) args.push('--multiline', '--multiline-dotall');
  if (input.type) args.push(`--type=${input.type}`);
  return args;
}

function among(scope: GlobScope): (found: Readonly<{ path: string }>) => boolean {
  return ({ path }) => scope.includes(path);
}

type Range = Readonly<{ offset: number; limit: number }>;

/** Paths from `path NUL` records, or `path NUL count LF` records, ordered by path. */
function parseFiles(stdout: Buffer, place: SearchPlace, counted: boolean): FoundFile[] {
  const text = stdout.toString('utf8');
  const found = counted
    ? [...text.matchAll(/([^\0]+)\0(\d+)\n/g)].map(([, path, count]) => ({
        path: place.show(path ?? ''),
        count: Number(count),
      }))
    : text
        .split('\0')
        .filter((path) => path !== '')
        .map((path) => ({ path: place.show(path), count: 0 }));
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function renderFiles(files: readonly FoundFile[], range: Range): string {
  if (files.length === 0) return 'No matches found.';
  const shown = files.slice(range.offset, range.offset + range.limit);
  if (shown.length === 0)
    return `[offset ${range.offset} is past the last of ${files.length} files]`;
  const all = shown.map(({ path, count }) => (count > 0 ? `${path}: ${count}` : path));
  const lines = fitLines(all, MAX_LIST);
  const end = range.offset + lines.length;
  const note =
    end < files.length
      ? [`[files ${range.offset + 1}–${end} of ${files.length}; continue with offset=${end}]`]
      : [];
  return [...lines, ...note].join('\n');
}
