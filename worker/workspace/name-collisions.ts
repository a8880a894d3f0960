/** The names of a tree now, and what a change added to it and took away. */
type Names = Readonly<{
  now: readonly string[];
  added: readonly string[];
  deleted: readonly string[];
}>;

/** A path or one of its folders: a number for how it is written, and one for all ways to write it. */
type Spot = Readonly<{ name: number; folded: number }>;

/**
 * Returns the added paths that a file system which tells neither case nor Unicode forms apart takes for another one, by
 * themselves or by one of their folders. What was so before the change does not count. Pure.
 */
export function nameCollisions({ now, added, deleted }: Names): readonly string[] {
  if (added.length === 0) return [];
  const fresh = new Set(added);
  const spotsOf = createSpots();
  const known = new Set(deleted.flatMap((path) => spotsOf(path).map(({ name }) => name)));
  const seen = new Set<number>();
  const spellings = new Map<number, number>();
  for (const path of now)
    for (const { name, folded } of spotsOf(path)) {
      if (!fresh.has(path)) known.add(name);
      if (!seen.has(name)) spellings.set(folded, (spellings.get(folded) ?? 0) + 1);
      seen.add(name);
    }
  const collides = ({ name, folded }: Spot) => !known.has(name) && (spellings.get(folded) ?? 0) > 1;
  return added.filter((path) => spotsOf(path).some(collides));
}

/** `a/b/c` is `a`, `a/b` and `a/b/c`. Each part of a name is looked at once, so that deep folders cost no more. */
function createSpots(): (path: string) => readonly Spot[] {
  const nameOf = createNumbers();
  const foldedOf = createNumbers();
  return (path) => {
    let at: Spot = { name: 0, folded: 0 };
    return path.split('/').map((part) => {
      at = { name: nameOf(at.name, part), folded: foldedOf(at.folded, folded(part)) };
      return at;
    });
  };
}

/** The number of a part below what has another number; the same for the same two. */
function createNumbers(): (parent: number, part: string) => number {
  const numbers = new Map<string, number>();
  return (parent, part) => {
    const key = `${String(parent)}/${part}`;
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  };
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase().toUpperCase();
}
