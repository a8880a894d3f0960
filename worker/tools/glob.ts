import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { globDefinition } from './definition/glob.ts';
import { fitLines, MAX_LIST } from './fit-lines.ts';
import { globScope } from './ignore-rules.ts';
import { ripgrep } from './ripgrep.ts';
import { searchPlace } from './search-place.ts';
import type { Tool } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { textOutput } from './tool-result.ts';

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 2000;

export const globTool: Tool<'glob', typeof globDefinition.input> = {
  ...globDefinition,
  run: async (context, input) => {
    const { pattern, path } = splitPattern(input.pattern, input.path);
    const place = searchPlace(context.workspace, path);
    if (!place.directory) {
      throw new ToolError(`${path} is a file; give a directory as path.`);
    }
    const scope = await globScope(place, pattern, context.signal);
    const args = ['--files', '--null', ...scope.args, place.target];
    const listed = await ripgrep(place.cwd, args, context.signal);
    const cut = listed.cut || scope.cut;
    const printed = listed.stdout
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== '' && scope.includes(place.show(path)));
    const sorted =
      input.sort === 'modified' ? newestFirst(place.cwd, printed.toSorted()) : printed.toSorted();
    const limit = Math.min(input.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
    const shown = fitLines(sorted.slice(0, limit).map(place.show), MAX_LIST);
    if (shown.length === 0) {
      return textOutput(
        'No files found. Ignored files are left out; read on a directory lists them.',
      );
    }
    const more = sorted.length > shown.length || cut;
    const note = `[${shown.length} of ${sorted.length}${cut ? ' or more' : ''} files; raise limit or narrow the pattern]`;
    return textOutput(more ? [...shown, note].join('\n') : shown.join('\n'));
  },
};

/** An absolute pattern is searched from its root, whatever `path` says; `./` and `/` anchor it to the folder. */
function splitPattern(pattern: string, path: string | undefined) {
  if (pattern.startsWith('!')) {
    throw new ToolError(
      'A pattern cannot start with "!"; say what to find, not what to leave out.',
    );
  }
  const [, root, rest] = /^(\/workspace\/(?:repo|logs|scratch))(\/.*)$/.exec(pattern) ?? [];
  if (root !== undefined && rest !== undefined) return { pattern: rest, path: root };
  return { pattern: pattern.replace(/^\.\//, '/'), path };
}

function newestFirst(cwd: string, paths: readonly string[]): string[] {
  return paths
    .map((path) => ({
      path,
      at: lstatSync(join(cwd, path), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .toSorted((a, b) => b.at - a.at)
    .map(({ path }) => path);
}
