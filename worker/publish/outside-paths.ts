import { UserError } from '../../core/errors.ts';
import { isInScope, type PathScope } from '../../core/repo-config/path-scope.ts';
import type { Changes } from '../workspace/changes.ts';
import { shownPath } from './shown-path.ts';

const maxNamed = 10;

/** The model's word about changed files that the scope does not allow, or nothing. Pure. */
export function outsideFinding(scope: PathScope, changes: Changes): readonly string[] {
  const outside = outsidePaths(scope, changes);
  if (outside.length === 0) return [];
  return [
    `${named(outside)} may not be changed: only ${list(scope)} may. With that nothing of the work is published. Undo it.`,
  ];
}

/** Throws `UserError` `outside_path` when the change touches what the scope does not allow: no part is published. */
export function assertInScope(scope: PathScope, changes: Changes): void {
  const outside = outsidePaths(scope, changes);
  if (outside.length === 0) return;
  throw new UserError(
    'outside_path',
    `The change touches ${named(outside)}, and only ${list(scope)} may be changed.`,
    { next: 'Apply the patch yourself, or ask again with a wider `--path` or `paths:`.' },
  );
}

function outsidePaths(scope: PathScope, { changes }: Changes): readonly string[] {
  return changes.map(({ path }) => path).filter((path) => !isInScope(scope, path));
}

function named(paths: readonly string[]): string {
  const rest = paths.length - maxNamed;
  return `${list(paths.slice(0, maxNamed))}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

function list(paths: readonly string[]): string {
  return paths.map(shownPath).join(', ');
}
