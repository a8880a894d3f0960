import { ripgrep } from './ripgrep.ts';
import type { SearchPlace } from './search-place.ts';

/** What a glob means for a search below a folder. */
export type GlobScope = Readonly<{
  /** The arguments that go to ripgrep. */
  args: readonly string[];
  /** False for a path, as it is shown, that ignore rules leave out. */
  includes: (path: string) => boolean;
  /** True when there were too many files to know them all. */
  cut: boolean;
}>;

const EVERYTHING = new Set(['*', '**', '**/*', '/**', '/**/*']);

/**
 * Narrows a search to a glob. To ripgrep a glob is stronger than every ignore file, so that `*.log` finds ignored logs
 * and `*` all of node_modules; here it only chooses among what is not ignored.
 * Source: ripgrep's manual, `--glob`: "This always overrides any other ignore logic".
 */
export async function globScope(
  place: SearchPlace,
  glob: string | undefined,
  signal: AbortSignal,
): Promise<GlobScope> {
  const all = { includes: () => true, cut: false };
  if (glob === undefined || EVERYTHING.has(glob)) return { ...all, args: ['--glob=!.git'] };
  const args = [`--glob=${glob}`, '--glob=!.git'];
  if (glob.startsWith('!') || !place.directory) return { ...all, args };
  const listed = await ripgrep(
    place.cwd,
    ['--files', '--null', '--glob=!.git', place.target],
    signal,
  );
  const paths = listed.stdout.toString('utf8').split('\0').filter(Boolean).map(place.show);
  const known = new Set(paths);
  return { args, includes: (path) => known.has(path), cut: listed.cut };
}
