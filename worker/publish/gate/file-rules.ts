import type { GateRule } from '../../../core/repo-config/gate-rule.ts';
import { visible } from '../../../core/render/hidden.ts';
import type { GateFile } from './gate-file.ts';
import { isGitFolder, isOddName, isUnportable } from './name-rules.ts';

const large = 1024 * 1024;
const oversized = 5 * 1024 * 1024;

/** Returns the rules that one changed file meets by its mode, size, name and bytes. Pure. */
export function fileRules(file: GateFile): readonly GateRule[] {
  const { path, mode, modeBefore, content, size, added, collides } = file;
  const rules: GateRule[] = [];
  if (modeBefore === '160000' || mode === '160000') rules.push('submodule');
  if (mode === undefined) return rules;
  if (isOddName(path)) rules.push('file_name');
  else if (modeBefore === undefined && isUnportable(path)) rules.push('unportable_name');
  if (collides) rules.push('name_collision');
  if (mode === '120000') rules.push(leadsOutside(file) ? 'symlink_outside' : 'symlink');
  if (mode !== '120000' && modeBefore === '120000') rules.push('symlink');
  if (mode === '100755' && modeBefore !== '100755') rules.push('executable');
  if (mode !== '120000' && size > oversized) rules.push('oversized_file');
  if (mode !== '120000' && size > large && size <= oversized) rules.push('large_file');
  if (mode !== '120000' && content?.includes(0)) rules.push('binary_file');
  if (added.some(hidesText)) rules.push('hidden_characters');
  return rules;
}

/**
 * True for a link that may lead out of the repository, or into git's own folder. What stands before it in the tree are
 * real folders, but a folder inside of its target may be a link itself: `..` counts only at the beginning.
 */
function leadsOutside({ path, content }: GateFile): boolean {
  const target = content?.toString('utf8') ?? '';
  if (target === '' || /^(?:\/|~|[a-z]:)|\\|\0/i.test(target)) return true;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const climbs = up === -1 ? parts.length : up;
  const down = parts.slice(climbs);
  if (down.includes('..') || down.some(isGitFolder)) return true;
  return climbs > path.split('/').length - 1;
}

/** Characters that a reviewer does not see. A line may end in CR, and a file begin with a byte order mark. */
function hidesText(line: string): boolean {
  return visible(line.replace(/^\uFEFF/, '').replace(/\r$/, '')).removed > 0;
}
