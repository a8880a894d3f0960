import type { GateRule } from '../../../core/repo-config/gate-rule.ts';
import { visible } from '../../../core/render/hidden.ts';
import type { Change } from '../../workspace/changes.ts';

const large = 1024 * 1024;
const oversized = 5 * 1024 * 1024;

/** Deeper folders and longer names break tools, and nobody writes them by hand. */
const deepest = 50;
const longestName = 255;

/** Returns the rules that one changed file meets by its mode, size, name and bytes. Pure. */
export function fileRules(change: Change): readonly GateRule[] {
  if (change.status === 'deleted')
    return change.previousMode === '160000' ? ['submodule'] : linkRules(change);
  return [
    ...(isOddName(change.path) ? (['file_name'] as const) : []),
    ...linkRules(change),
    ...(becameExecutable(change) ? (['executable'] as const) : []),
    ...(change.mode === '120000' ? [] : sizeRules(change.content)),
  ];
}

function linkRules(change: Change): readonly GateRule[] {
  const before = change.status === 'added' ? undefined : change.previousMode;
  const now = change.status === 'deleted' ? undefined : change.mode;
  if (before === '160000') return ['submodule'];
  if (change.status !== 'deleted' && now === '120000')
    return [
      leadsOutside(change.path, change.content.toString('utf8')) ? 'symlink_outside' : 'symlink',
    ];
  return before === '120000' && now !== undefined ? ['symlink'] : [];
}

/**
 * True for a link that may lead out of the repository, or into git's own folder. What stands before it in the tree are
 * real folders, but a folder inside of its target may be a link itself: `..` counts only at the beginning.
 */
function leadsOutside(path: string, target: string): boolean {
  if (target === '' || /^(?:\/|~|[a-z]:)|\\|\0/i.test(target)) return true;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const climbs = up === -1 ? parts.length : up;
  const down = parts.slice(climbs);
  if (down.includes('..') || down.some(isGitFolder)) return true;
  return climbs > path.split('/').length - 1;
}

function becameExecutable(change: Exclude<Change, { status: 'deleted' }>): boolean {
  if (change.mode !== '100755') return false;
  return change.status === 'added' || change.previousMode !== '100755';
}

function sizeRules(content: Buffer): readonly GateRule[] {
  const size: readonly GateRule[] =
    content.length > oversized ? ['oversized_file'] : content.length > large ? ['large_file'] : [];
  return content.includes(0) ? [...size, 'binary_file'] : size;
}

function isOddName(path: string): boolean {
  const parts = path.split('/');
  if (parts.length > deepest || visible(path).removed > 0 || /\p{Cc}/u.test(path)) return true;
  return parts.some((part) => Buffer.byteLength(part) > longestName || isGitFolder(part));
}

/** Names that some file system takes for `.git`. Source: git's `core.protectHFS` and `core.protectNTFS`. */
function isGitFolder(name: string): boolean {
  return /^(?:\.git|git~\d+)[. ]*(?::.*)?$/i.test(name.replaceAll(/\p{Cf}/gu, ''));
}
