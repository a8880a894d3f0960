import type { Part } from '../play.ts';

/** One defence, how it is switched off, and the case that must not let that pass. */
export type Defence = Readonly<{
  name: string;
  /** What is lost without it, as one would say it in a review. */
  what: string;
  /** Relative to the root of the repository. */
  file: string;
  /** Occurs exactly once in the file. */
  find: string;
  replace: string;
  part: Part;
  /** The case that fails without it. */
  guard: string;
}>;

/** The file without the defence. Throws unless its place is there exactly once. */
export function without({ name, find, replace }: Defence, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${name}: its place occurs ${parts.length - 1} times`);
  return parts.join(replace);
}
