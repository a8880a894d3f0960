import { closest } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { detectInstall } from './install.ts';
import { isWorkflow } from './manifest.ts';
import { listTree, readBlobs, type TreeFile } from './objects.ts';
import { type RepoLimits, readRepoLimits } from './repo-limits.ts';
import { type DetectedCommand, detectVerification, verificationFiles } from './verification.ts';

const Commands = z.array(z.string().trim().min(1).max(2000)).max(20);

/** The keys of `.github/cody.yml` that the worker reads. */
const keys = { setup: Commands, verify: Commands } as const;
type Key = keyof typeof keys;

/** Keys that bound a run. */
const limitKeys = ['model', 'effort', 'budgets', 'limits'];

/** Keys that other parts of the product read. */
const otherKeys = ['prompts', 'paths', 'labels', 'reviewers', 'allow', 'schedule'];

/**
 * How to prepare and to check this repository, and what it wants for its runs. `detected`: set-up comes from a lockfile,
 * not from the file; `verifyDetected` the same for the verification.
 */
export type RepoConfig = Readonly<{
  setup: readonly string[];
  verify: readonly string[];
  detected: boolean;
  verifyDetected: boolean;
  limits: RepoLimits;
  /** What was detected, one sentence each, for the thread. */
  notes: readonly string[];
  /** What is wrong with the file, one sentence each, for the thread. */
  problems: readonly string[];
}>;

const path = '.github/cody.yml';
const maxBytes = 64 * 1024;

/** Larger manifests and workflows are not read to detect a verification, and not more than so many of them. */
const maxManifestBytes = 256 * 1024;
const maxManifests = 40;

/**
 * Reads `.github/cody.yml` of a commit. Without `setup`, one install is detected from a lockfile in the root;
 * without `verify`, what manifests and workflows give away. A wrong value is reported and only that key is ignored.
 * Throws `GitError`.
 */
export async function readRepoConfig(
  from: Readonly<{ gitDir: string; sha: string }>,
): Promise<RepoConfig> {
  const files = await listTree(from, from.sha);
  const file = files.find((one) => one.path === path && one.mode !== '120000');
  const parsed = await readFile(from, file);
  const verify = parsed.verify ? [] : await detected(from, files);
  return completed(parsed, {
    install: detectInstall(new Set(files.map((one) => one.path))),
    verify,
  });
}

async function readFile(from: Place, file: TreeFile | undefined): Promise<Parsed> {
  if (!file) return { limits: {}, problems: [] };
  if ((file.size ?? 0) > maxBytes) {
    return { limits: {}, problems: [`${path} is larger than 64 KiB and was not read.`] };
  }
  const [blob] = await readBlobs(from, [file.sha]);
  return parseRepoConfig(String(blob));
}

async function detected(
  from: Place,
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

type Place = Readonly<{ gitDir: string; sha: string }>;
type Parsed = Readonly<{
  setup?: readonly string[];
  verify?: readonly string[];
  limits: RepoLimits;
  problems: readonly string[];
}>;

/** Parses the text of `.github/cody.yml`: what it says, and what is wrong with it. Never throws. */
export function parseRepoConfig(text: string): Parsed {
  const read = readYaml(text);
  if ('fault' in read) return unreadable(`${path} is not valid YAML: ${firstLine(read.fault)}`);
  const root = z.record(z.string(), z.unknown()).safeParse(read.value ?? {});
  if (!root.success) return unreadable(`${path} must hold keys with values at its top level.`);
  const problems = Object.keys(root.data).flatMap(unknownKey);
  const setup = readCommands('setup', root.data, problems);
  const verify = readCommands('verify', root.data, problems);
  const limits = readRepoLimits(root.data, problems);
  return { ...(setup ? { setup } : {}), ...(verify ? { verify } : {}), limits, problems };
}

function unreadable(problem: string): Parsed {
  return { limits: {}, problems: [problem] };
}

function readYaml(text: string): { value: unknown } | { fault: string } {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [fault] = document.errors;
  if (fault) return { fault: fault.message };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 10 });
    return { value };
  } catch {
    // Aliases that multiply are an attack on the reader, or a mistake.
    return { fault: 'it repeats aliases too often.' };
  }
}

function readCommands(
  key: Key,
  root: Readonly<Record<string, unknown>>,
  problems: string[],
): readonly string[] | undefined {
  if (root[key] === undefined || root[key] === null) return undefined;
  const value = keys[key].safeParse(root[key]);
  if (value.success) return value.data;
  problems.push(
    `${path}: \`${key}\` must be a list of at most 20 commands, for example \`- npm test\`.`,
  );
  return undefined;
}

function unknownKey(key: string): string[] {
  const all = [...Object.keys(keys), ...limitKeys, ...otherKeys];
  if (all.includes(key)) return [];
  return [
    `${path}: the key \`${key.slice(0, 60)}\` is unknown; the nearest known one is \`${closest(key, all)}\`.`,
  ];
}

function completed(
  parsed: Parsed,
  { install, verify }: Readonly<{ install?: string; verify: readonly DetectedCommand[] }>,
): RepoConfig {
  const verifyDetected = parsed.verify === undefined && verify.length > 0;
  return {
    setup: parsed.setup ?? (install === undefined ? [] : [install]),
    verify: parsed.verify ?? verify.map((one) => one.command),
    detected: parsed.setup === undefined && install !== undefined,
    verifyDetected,
    limits: parsed.limits,
    notes: verifyDetected ? [detectedNote(verify)] : [],
    problems: parsed.problems,
  };
}

function detectedNote(commands: readonly DetectedCommand[]): string {
  const list = commands.map(({ command, source }) => `\`${command}\` (${source})`).join(', ');
  return `${path} names no \`verify:\`, so these commands were detected and run after the agent: ${list}.`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
