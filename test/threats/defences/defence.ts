import type { SandboxKind } from '../../../worker/executor/sandbox.ts';
import type { Part } from '../play.ts';

/** One defence, how it is switched off, and the case that must not let that pass. */
export type Defence = Readonly<{
  name: string;
  /** What is lost without it, as one would say it in a review. */
  what: string;
  /** All of its layers: each place occurs exactly once in its file, relative to the root of the repository. */
  edits: readonly Readonly<{ file: string; find: string; replace: string }>[];
  part: Part;
  /** The case that fails without it. */
  guard: string;
}>;

/** Those that stand on this machine: a confinement that does not work here defends nothing here. */
export function standingHere(
  list: readonly Defence[],
  kinds: readonly SandboxKind[],
): readonly Defence[] {
  return list.filter(({ part: { kind } }) => kind === undefined || kinds.includes(kind));
}

/** Defences whose cases are played in one part. */
export function playedIn(part: Part, list: readonly Omit<Defence, 'part'>[]): readonly Defence[] {
  return list.map((one) => ({ ...one, part }));
}

/** The file without the defence. Throws unless each of its places is there exactly once. */
export function without({ name, edits }: Defence, file: string, source: string): string {
  return edits
    .filter((edit) => edit.file === file)
    .reduce((text, { find, replace }) => {
      const parts = text.split(find);
      if (parts.length !== 2)
        throw new Error(`${name}: its place occurs ${parts.length - 1} times in ${file}`);
      return parts.join(replace);
    }, source);
}
