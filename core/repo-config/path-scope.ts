/** Folders that a patch may touch. Empty means the whole repository. */
export type PathScope = readonly string[];

/** True when the scope allows a change of this file. Pure. */
export function isInScope(scope: PathScope, path: string): boolean {
  return scope.length === 0 || scope.some((folder) => holds(folder, path));
}

/**
 * The scope that is left when both must allow a file. `outside` names those of `asked` that the scope does not allow;
 * the rest is `scope`. Pure.
 */
export function narrowScope(
  scope: PathScope,
  asked: PathScope,
): Readonly<{ scope: PathScope; outside: readonly string[] }> {
  if (asked.length === 0) return { scope, outside: [] };
  if (scope.length === 0) return { scope: asked, outside: [] };
  const common = (one: string) => [
    ...(isInScope(scope, one) ? [one] : []),
    ...scope.filter((folder) => folder !== one && holds(one, folder)),
  ];
  return {
    scope: asked.flatMap(common),
    outside: asked.filter((one) => common(one).length === 0),
  };
}

function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
