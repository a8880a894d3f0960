import { ciCandidates } from './verification-ci.ts';
import {
  makefileCandidates,
  packageCandidates,
  toolchainCandidates,
} from './verification-sources.ts';

/** What a command checks. At most one of each kind is taken, tests of several languages excepted. */
export type CheckKind = 'test' | 'types' | 'lint';

/** A command that a file of the repository gives away. `source` is that file. */
export type DetectedCommand = Readonly<{ command: string; source: string; kind: CheckKind }>;

/** The root's files that detection reads, and the workflows below `.github/workflows/`. */
export const verificationFiles: ReadonlySet<string> = new Set([
  'package.json',
  'Makefile',
  'pyproject.toml',
  'setup.cfg',
  'pytest.ini',
  'tox.ini',
  'Cargo.toml',
  'go.mod',
]);

const maxCommands = 3;

/**
 * How a repository that names no `verify:` is most likely checked: at most three commands, the same for the same
 * files. Only commands that need no network once dependencies are there, and that end by themselves; none installs
 * anything. `paths` are all files of the commit, `texts` those of `verificationFiles` and of the workflows. Pure.
 */
export function detectVerification(
  paths: ReadonlySet<string>,
  texts: ReadonlyMap<string, string>,
): readonly DetectedCommand[] {
  const manifests = [...packageCandidates(paths, texts), ...toolchainCandidates(paths, texts)];
  const others = [...makefileCandidates(texts), ...ciCandidates(texts)];
  const chosen = ['test', 'types', 'lint'].flatMap((kind) => {
    const own = manifests.filter((one) => one.kind === kind);
    // What stands in a manifest is what Makefiles and workflows usually call.
    return own.length > 0 ? own : others.filter((one) => one.kind === kind).slice(0, 1);
  });
  return chosen.slice(0, maxCommands);
}
