import { closeSync, type Stats } from 'node:fs';
import { readWhole } from './read-content.ts';
import type { TreeFolder } from './tree-folder.ts';

const maxPointerBytes = 8 * 1024;

/**
 * True when a folder is a git repository of its own, or the work tree of one that stands elsewhere. Where `.git` is a
 * link it counts as one: whether it leads to a repository is not looked at.
 * Source: git, setup.c, what `is_git_directory` asks for, and gitrepository-layout(5) on gitfiles.
 */
export function isRepository(folder: TreeFolder): boolean {
  const stat = folder.look('.git');
  if (!stat?.isDirectory()) return stat?.isSymbolicLink() === true || isPointer(folder, stat);
  const inside = folder.enter('.git');
  if (!inside) return false;
  try {
    const isFolder = (name: string) => inside.look(name)?.isDirectory() === true;
    return inside.look('HEAD') !== undefined && isFolder('objects') && isFolder('refs');
  } finally {
    inside.close();
  }
}

function isPointer(folder: TreeFolder, stat: Stats | undefined): boolean {
  const file = stat?.isFile() ? folder.open('.git') : undefined;
  if (!file) return false;
  try {
    if (file.stat.size > maxPointerBytes) return false;
    return readWhole(file).toString('latin1').startsWith('gitdir: ');
  } finally {
    closeSync(file.descriptor);
  }
}

// Other spellings lead to .git on some file systems; git stores none of them, nor links named .gitmodules.
const GIT = /^(?:\.git|git~1)[ .]*(?:$|[\\:])/i;
const MODULES = /^(?:\.gitmodules|gitmod~[1-4]|gi7eba~\d)[ .]*(?:$|:)/i;

/** True for names that git never stores: those that mean `.git` somewhere, and links that mean `.gitmodules`. */
export function isUnstorable(name: string, stat?: Stats): boolean {
  return GIT.test(name) || (stat?.isSymbolicLink() === true && MODULES.test(name));
}
