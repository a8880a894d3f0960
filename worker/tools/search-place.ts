import { dirname, basename } from 'node:path';
import type { Workspace } from './workspace.ts';
import { displayPath, type WorkspacePath } from './workspace-path.ts';

/** Where a search runs, and how the paths that it prints are shown. */
export type SearchPlace = Readonly<{
  cwd: string;
  /** The argument to give: `./` or one file. */
  target: string;
  directory: boolean;
  show: (printed: string) => string;
}>;

/** Turns a path of the model into a folder to search in. Throws ToolError when it does not exist. */
export function searchPlace(workspace: Workspace, input: string | undefined): SearchPlace {
  const found = workspace.locate(input ?? '.');
  const folder: WorkspacePath = found.directory
    ? found.path
    : { ...found.path, segments: found.path.segments.slice(0, -1) };
  return {
    cwd: found.directory ? found.real : dirname(found.real),
    target: found.directory ? './' : `./${basename(found.real)}`,
    directory: found.directory,
    show: (printed) => {
      const rest = printed.replace(/^\.\//, '').split('/');
      return displayPath({ ...folder, segments: [...folder.segments, ...rest] });
    },
  };
}
