/** Where a bug has to be caught: random runs of the model, or cases of another family whose id matches. */
export type CaughtBy =
  | Readonly<{ family: 'model' }>
  | Readonly<{ family: 'kill' | 'call_faults' | 'messages'; ids: RegExp }>;

/** A mistake that somebody could have made, as a change of one place in one file. */
export type Bug = Readonly<{
  name: string;
  /** What is wrong, as one would say it in a review. */
  what: string;
  /** Relative to the root of the repository. */
  file: string;
  /** Occurs exactly once in the file. */
  find: string;
  replace: string;
  caughtBy: CaughtBy;
}>;

/** The file with the bug in it. Throws unless the place is there exactly once. */
export function withBug({ name, find, replace }: Bug, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${name}: its place occurs ${parts.length - 1} times`);
  return parts.join(replace);
}
