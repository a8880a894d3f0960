import { createHash } from 'node:crypto';

/** Returns so many of a list, which ones the seed says; the same seed gives the same ones in any order of the list. Pure. */
export function sample<One extends Readonly<{ name: string }>>(
  list: readonly One[],
  { seed, size }: Readonly<{ seed: string; size: number }>,
): readonly One[] {
  const rank = ({ name }: One) => createHash('sha256').update(`${seed} ${name}`).digest('hex');
  return list.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, size);
}
