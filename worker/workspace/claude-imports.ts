import { posix } from 'node:path';

// A fence, or a code span: an @ in them is text.
const code = /^(```|~~~)[\s\S]*?^\1|`[^`\n]*`/gm;
const reference = /(?<=^|\s)@((?:\.{1,2}\/|\/)?[\w.-]+(?:\/[\w.-]+)*)/gm;

/**
 * The repository paths that a CLAUDE.md imports with `@path`, in its order, each once. Paths are relative to the
 * file; those that leave the repository are left out, and what is no path (an `@name`) names no file later. Source:
 * code.claude.com/docs/en/memory, "Import additional files".
 */
export function claudeImports(text: string, path: string): readonly string[] {
  const targets = [...text.replaceAll(code, '').matchAll(reference)].map(([, target = '']) =>
    posix.normalize(posix.join(posix.dirname(path), target.replace(/[.,:;]+$/, ''))),
  );
  return [...new Set(targets)].filter((target) => !target.startsWith('..'));
}
