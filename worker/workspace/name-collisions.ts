/** The names of a tree now, and what a change added to it and took away. */
type Names = Readonly<{
  now: readonly string[];
  added: readonly string[];
  deleted: readonly string[];
}>;

/**
 * Returns the added paths that a file system which tells neither case nor Unicode forms apart takes for another one, by
 * themselves or by one of their folders. What was so before the change does not count. Pure.
 */
export function nameCollisions({ now, added, deleted }: Names): readonly string[] {
  if (added.length === 0) return [];
  const fresh = new Set(added);
  const known = new Set(
    [...now.filter((path) => !fresh.has(path)), ...deleted].flatMap(withParents),
  );
  const spellings = new Map<string, string | true>();
  for (const name of new Set(now.flatMap(withParents))) {
    const key = folded(name);
    spellings.set(key, spellings.has(key) ? true : name);
  }
  const collides = (name: string) => !known.has(name) && spellings.get(folded(name)) === true;
  return added.filter((path) => withParents(path).some(collides));
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase().toUpperCase();
}

/** `a/b/c` is `a`, `a/b` and `a/b/c`. */
function withParents(path: string): readonly string[] {
  const names: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
    names.push(path.slice(0, at));
  return [...names, path];
}
