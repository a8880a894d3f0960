import type { GateRule } from '../../../core/repo-config/gate-rule.ts';
import type { Facts } from './facts.ts';
import type { GateFile } from './gate-file.ts';
import { composerScripts, composerSources } from './read-composer.ts';
import {
  gemfileSources,
  gemspecBuild,
  goSources,
  requirementSources,
  setupCfgBuild,
} from './read-lines.ts';
import { packageHooks, packageScripts, packageSources } from './read-package.ts';
import { pnpmSettings, pnpmSources } from './read-pnpm-workspace.ts';
import {
  cargoBuild,
  cargoSources,
  pipfileSources,
  pythonBuild,
  pythonSources,
} from './read-toml.ts';
import { textBefore } from './text-before.ts';

type Row = Readonly<{
  rule: GateRule;
  file: RegExp;
  /** Contract: throws what it likes for a text that it can't read. */
  read: (text: string) => Facts;
  /** True where taking something away lets more in. */
  removal?: true;
}>;

/** What is read out of manifests: only what is new or other than before counts. */
const rows: readonly Row[] = [
  { rule: 'install_script', file: /(?:^|\/)package\.json$/i, read: packageScripts },
  { rule: 'git_config', file: /(?:^|\/)package\.json$/i, read: packageHooks },
  { rule: 'dependency_source', file: /(?:^|\/)package\.json$/i, read: packageSources },
  { rule: 'install_script', file: pnpmFile(), read: pnpmSettings, removal: true },
  { rule: 'dependency_source', file: pnpmFile(), read: pnpmSources },
  { rule: 'install_script', file: /(?:^|\/)composer\.json$/i, read: composerScripts },
  { rule: 'dependency_source', file: /(?:^|\/)composer\.json$/i, read: composerSources },
  { rule: 'install_script', file: /(?:^|\/)Cargo\.toml$/i, read: cargoBuild },
  { rule: 'dependency_source', file: /(?:^|\/)Cargo\.toml$/i, read: cargoSources },
  { rule: 'install_script', file: /(?:^|\/)pyproject\.toml$/i, read: pythonBuild },
  { rule: 'dependency_source', file: /(?:^|\/)pyproject\.toml$/i, read: pythonSources },
  { rule: 'dependency_source', file: /(?:^|\/)Pipfile$/i, read: pipfileSources },
  { rule: 'install_script', file: /(?:^|\/)setup\.cfg$/i, read: setupCfgBuild },
  { rule: 'dependency_source', file: requirementsFile(), read: requirementSources },
  { rule: 'install_script', file: /\.gemspec$/i, read: gemspecBuild },
  { rule: 'dependency_source', file: /(?:^|\/)(?:Gemfile|gems\.rb)$/i, read: gemfileSources },
  { rule: 'dependency_source', file: /(?:^|\/)go\.(?:mod|work)$/i, read: goSources },
];

function pnpmFile(): RegExp {
  return /(?:^|\/)pnpm-workspace\.yaml$/i;
}

function requirementsFile(): RegExp {
  return /(?:^|\/)(?:[^/]*(?:requirements|constraints)[^/]*|requirements\/[^/]+)\.(?:txt|in)$/i;
}

/** Manifests are short; what is longer is taken for one that can't be read. */
const longest = 5 * 1024 * 1024;

/** True for a file of which the gate reads what it holds. */
export function isManifest(path: string): boolean {
  return rows.some(({ file }) => file.test(path));
}

/** Returns the rules that a manifest meets by what it says now and did not say before. Pure. */
export function manifestRules(file: GateFile): readonly GateRule[] {
  if (file.mode === undefined) return [];
  const wanted = rows.filter((row) => row.file.test(file.path));
  if (wanted.length === 0) return [];
  const texts = textsOf(file);
  return wanted.filter((row) => !texts || saysMore(row, texts)).map(({ rule }) => rule);
}

type Texts = Readonly<{ now: string; before: string | undefined }>;

/** Undefined for what is no text, or is not known. */
function textsOf({ content, hunks, modeBefore }: GateFile): Texts | undefined {
  if (!content || content.length > longest || content.includes(0)) return undefined;
  const now = content.toString('utf8');
  return { now, before: modeBefore && hunks ? textBefore(now, hunks) : undefined };
}

/**
 * True when a text says something that it did not say before. One that can't be read counts as one that does. `before`
 * is undefined for a new file, and where it is not known. Pure.
 */
function saysMore(
  { read, removal }: Pick<Row, 'read' | 'removal'>,
  { now, before }: Texts,
): boolean {
  const wanted = facts(read, now);
  if (!wanted) return true;
  const known =
    (before === undefined ? undefined : facts(read, before)) ?? new Map<string, string>();
  return differs(wanted, known) || (removal === true && differs(known, wanted));
}

function differs(these: Facts, those: Facts): boolean {
  return [...these].some(([key, value]) => those.get(key) !== value);
}

function facts(read: Row['read'], text: string): Facts | undefined {
  try {
    return read(text.replace(/^\uFEFF/, ''));
  } catch {
    // The caller takes what can't be read for the worst.
    return undefined;
  }
}
