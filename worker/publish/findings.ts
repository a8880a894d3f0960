import type { Redactor } from '../../core/redact.ts';
import type { Change, Changes } from '../workspace/changes.ts';
import { type ChangedLines, changedLines } from './changed-lines.ts';
import { shownPath } from './shown-path.ts';
import { testFindings } from './test-findings.ts';

const maxFileBytes = 1024 * 1024;
const maxFindings = 20;

/**
 * What is odd about a change, one sentence each and at most twenty: shown to the agent once, before its submission
 * counts. Nothing here keeps a change from being published; `scanChanges` does that. Pure.
 */
export function findingsOf(
  changes: Changes,
  { findSecrets }: Pick<Redactor, 'findSecrets'>,
): readonly string[] {
  const lines = changedLines(changes.diff);
  const deleted = changes.changes.filter((one) => one.status === 'deleted').map(({ path }) => path);
  const all = [
    ...lines.flatMap((file) => markers(file)),
    ...lines.flatMap((file) => secrets(file, findSecrets)),
    ...testFindings(
      lines.filter(({ unsplit }) => !unsplit),
      deleted,
    ),
    ...lockfiles(changes.changes),
    ...changes.changes.flatMap(oddFile),
    ...changes.skipped.map(
      (path) =>
        `${shownPath(path)} is a git repository of its own, or may not be read: changes in it are left out.`,
    ),
  ];
  if (all.length <= maxFindings) return all;
  return [...all.slice(0, maxFindings), `and ${all.length - maxFindings} more of this kind.`];
}

function markers({ path, added }: ChangedLines): string[] {
  const holds = (mark: RegExp) => added.some((line) => mark.test(line));
  return holds(/^<{7} /m) && holds(/^>{7} /m) ? [`${shownPath(path)} holds conflict markers.`] : [];
}

function secrets({ path, added }: ChangedLines, find: Redactor['findSecrets']): string[] {
  const [found] = find(added.join('\n'));
  if (!found) return [];
  const what = found.kind === 'registered' ? 'a credential' : found.kind.replaceAll(/[_-]/g, ' ');
  return [
    `${shownPath(path)} holds what looks like a secret (${what}); with it nothing can be published. Take it out.`,
  ];
}

/** Files in which a package manager notes what exactly it installs. */
export const lockfile =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|uv\.lock|poetry\.lock|Pipfile\.lock|Cargo\.lock|go\.sum|Gemfile\.lock|composer\.lock|mix\.lock|pdm\.lock|deno\.lock|flake\.lock|gradle\.lockfile|packages\.lock\.json|Package\.resolved|Podfile\.lock|pubspec\.lock|go\.work\.sum)$/;
const manifest =
  /(?:^|\/)(?:package\.json|pnpm-workspace\.yaml|pyproject\.toml|Pipfile|Cargo\.toml|go\.mod|Gemfile|[^/]+\.gemspec|composer\.json|mix\.exs)$/;

function lockfiles(changes: readonly Change[]): string[] {
  const paths = changes.map(({ path }) => path);
  const locks = paths.filter((path) => lockfile.test(path));
  if (locks.length === 0 || paths.some((path) => manifest.test(path))) return [];
  if (locks.length === paths.length) return ['Only lockfiles differ.'];
  return locks.map(
    (path) => `${shownPath(path)} differs although no manifest does; set-up may have done that.`,
  );
}

const temporary = /(?:^|\/)\.cody-[^/]*\.tmp$/;
const generated =
  /(?:^|\/)(?:node_modules|dist|build|out|coverage|target|\.next|\.venv|venv|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache)\/|\.(?:pyc|map|tsbuildinfo|class|o)$|\.min\.(?:js|css)$|(?:^|\/)\.DS_Store$/;
const scratch =
  /(?:^|\/)(?:scratch|tmp|temp)(?:\/|[._-][^/]*$|$)|(?:^|\/)(?:debug|repro|scratch|nohup)(?:[._-][^/]*)?\.(?:js|mjs|ts|py|rb|go|sh|txt|out|log)$|\.(?:orig|rej|bak|swp|log|tmp)$|~$/;

/** Files that were added are odd by their name; one file, one sentence. */
function oddFile(change: Change): string[] {
  if (change.status === 'deleted') return [];
  const { path, content } = change;
  if (content.length > maxFileBytes)
    return [
      `${shownPath(path)} has ${(content.length / maxFileBytes).toFixed(1)} MiB. Does it belong here?`,
    ];
  if (temporary.test(path))
    return [`${shownPath(path)} is left over from an interrupted edit. Remove it.`];
  if (change.status !== 'added') return [];
  if (generated.test(path)) return [`${shownPath(path)} is new and looks generated.`];
  if (scratch.test(path)) return [`${shownPath(path)} is new and looks like a scratch file.`];
  return [];
}
