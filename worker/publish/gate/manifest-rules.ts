import { isUtf8 } from 'node:buffer';
import type { GateRule } from '../../../core/repo-config/gate-rule.ts';
import type { Facts } from './facts.ts';
import type { GateFile } from './gate-file.ts';
import { composerManifest } from './read-composer.ts';
import { gemfileSources, gemspecBuild, goSources, setupCfgBuild } from './read-lines.ts';
import { packageManifest } from './read-package.ts';
import { pnpmWorkspace } from './read-pnpm-workspace.ts';
import { requirementSources, requirementsFile } from './read-requirements.ts';
import { cargoManifest, pipfile, pythonProject } from './read-toml.ts';
import { textBefore } from './text-before.ts';

type Row = Readonly<{
  file: RegExp;
  /** For each of them facts are read, in this order. */
  rules: readonly GateRule[];
  /** Contract: throws what it likes for a text that it can't read. The path is that of the file. */
  read: (text: string, path: string) => readonly Facts[];
  /** Of this rule taking something away lets more in. */
  removal?: GateRule;
  /** Most bytes that are read, where it is not the usual. */
  longest?: number;
}>;

/** What is read out of manifests: only what is new or other than before counts. */
const rows: readonly Row[] = [
  {
    file: /(?:^|\/)package\.json$/i,
    rules: ['install_script', 'git_config', 'dependency_source'],
    read: packageManifest,
  },
  {
    file: /(?:^|\/)pnpm-workspace\.yaml$/i,
    rules: ['install_script', 'dependency_source'],
    read: pnpmWorkspace,
    removal: 'install_script',
  },
  { file: /(?:^|\/)composer\.json$/i, rules: both(), read: composerManifest },
  { file: /(?:^|\/)Cargo\.toml$/i, rules: both(), read: cargoManifest },
  { file: /(?:^|\/)pyproject\.toml$/i, rules: both(), read: pythonProject },
  { file: /(?:^|\/)Pipfile$/i, rules: ['dependency_source'], read: pipfile },
  single(/(?:^|\/)setup\.cfg$/i, 'install_script', setupCfgBuild),
  // Hashes make them long.
  { ...single(requirementsFile, 'dependency_source', requirementSources), longest: 1024 * 1024 },
  single(/\.gemspec$/i, 'install_script', gemspecBuild),
  single(/(?:^|\/)(?:Gemfile|gems\.rb)$/i, 'dependency_source', gemfileSources),
  single(/(?:^|\/)go\.(?:mod|work)$/i, 'dependency_source', goSources),
];

function both(): readonly GateRule[] {
  return ['install_script', 'dependency_source'];
}

function single(file: RegExp, rule: GateRule, read: (text: string, path: string) => Facts): Row {
  return { file, rules: [rule], read: (text, path) => [read(text, path)] };
}

/** Manifests are short; what is longer is taken for one that can't be read. */
const longest = 256 * 1024;

/** True for a file of which the gate reads what it holds. */
export function isManifest(path: string): boolean {
  return rows.some(({ file }) => file.test(path));
}

/** Returns the rules that a manifest meets by what it says now and did not say before. Pure. */
export function manifestRules(file: GateFile): readonly GateRule[] {
  if (file.mode === undefined) return [];
  return rows.filter((row) => row.file.test(file.path)).flatMap((row) => rulesMet(row, file));
}

/** What can't be read says more than before: so do bytes that are no UTF-8, as tools guess what they mean. */
function rulesMet(row: Row, { path, content, hunks, modeBefore }: GateFile): readonly GateRule[] {
  if (!content || content.includes(0) || !isUtf8(content)) return row.rules;
  const now = content.toString('utf8');
  const wanted = facts(row, now, path);
  if (!wanted) return row.rules;
  if (modeBefore === undefined) return row.rules.filter((_, at) => (wanted[at]?.size ?? 0) > 0);
  const before = hunks ? textBefore(now, hunks) : undefined;
  const known = before === undefined ? undefined : facts(row, before, path);
  return row.rules.filter((rule, at) => {
    const [is, was] = [wanted[at] ?? nothing, known?.[at] ?? nothing];
    return differs(is, was) || (rule === row.removal && (!known || differs(was, is)));
  });
}

const nothing: Facts = new Map();

function differs(these: Facts, those: Facts): boolean {
  return [...these].some(([key, value]) => those.get(key) !== value);
}

function facts(row: Row, text: string, path: string): readonly Facts[] | undefined {
  if (text.length > (row.longest ?? longest)) return undefined;
  try {
    return row.read(text.replace(/^\uFEFF/, ''), path);
  } catch {
    // The caller takes what can't be read for the worst.
    return undefined;
  }
}
