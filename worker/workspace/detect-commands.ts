import { type Commit, filesOf } from './commit.ts';
import { detectInstall } from './install.ts';
import { isWorkflow } from './manifest.ts';
import { readBlobs, type TreeFile } from './objects.ts';
import { type DetectedCommand, detectVerification, verificationFiles } from './verification.ts';

/**
 * How to prepare and to check this repository. `setupDetected`: set-up comes from a lockfile, nobody named it;
 * `verifyDetected` the same for the verification.
 */
export type RepositoryCommands = Readonly<{
  setup: readonly string[];
  verify: readonly string[];
  setupDetected: boolean;
  verifyDetected: boolean;
  /** What was detected, one sentence each, for the thread. */
  notes: readonly string[];
}>;

/** What was named for the repository; undefined leaves it to its files. */
type Named = Readonly<{
  setup?: readonly string[] | undefined;
  verify?: readonly string[] | undefined;
}>;

/** Larger manifests and workflows are not read to detect a verification, and not more than so many of them. */
const maxManifestBytes = 256 * 1024;
const maxManifests = 40;

/**
 * What was named, and what a commit gives away where nothing was: one install from a lockfile in the root, and a
 * verification from manifests and workflows. Throws `GitError`.
 */
export async function detectCommands(from: Commit, named: Named): Promise<RepositoryCommands> {
  const files = await filesOf(from);
  const install = detectInstall(new Set(files.map((one) => one.path)));
  const found = named.verify ? [] : await detected(from, files);
  const verifyDetected = found.length > 0;
  return {
    setup: named.setup ?? (install === undefined ? [] : [install]),
    verify: named.verify ?? found.map((one) => one.command),
    setupDetected: named.setup === undefined && install !== undefined,
    verifyDetected,
    notes: verifyDetected ? [detectedNote(found)] : [],
  };
}

async function detected(
  from: Commit,
  files: readonly TreeFile[],
): Promise<readonly DetectedCommand[]> {
  const read = files
    .filter((one) => verificationFiles.has(one.path) || isWorkflow(one.path))
    .filter((one) => one.mode !== '120000' && (one.size ?? Infinity) <= maxManifestBytes)
    .slice(0, maxManifests);
  const blobs = await readBlobs(
    from,
    read.map((one) => one.sha),
  );
  const texts = new Map(read.map((one, at) => [one.path, String(blobs[at])]));
  return detectVerification(new Set(files.map((one) => one.path)), texts);
}

function detectedNote(commands: readonly DetectedCommand[]): string {
  const list = commands.map(({ command, source }) => `\`${command}\` (${source})`).join(', ');
  return `.github/cody.yml names no \`verify:\`, so these commands were detected and run after the agent: ${list}.`;
}
