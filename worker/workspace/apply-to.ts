import { posix } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A `*.instructions.md` file: the globs that it applies to, and its text without the front matter. */
export type ScopedInstructions = Readonly<{ globs: readonly string[]; text: string }>;

const FrontMatter = z.object({ applyTo: z.union([z.string(), z.array(z.string())]) });

// Beyond these a glob of the repository's could take very long to match.
const GLOB_MAX = 200;
const PARTS_MAX = 4;

/**
 * Reads the front matter of an instructions file. Without a usable `applyTo` it applies to nothing. Source:
 * docs.github.com, "Adding repository custom instructions for GitHub Copilot", path-specific instructions.
 */
export function parseScoped(file: string): ScopedInstructions {
  const found = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(file);
  if (!found) return { globs: [], text: file };
  const text = file.slice(found[0].length);
  return { globs: globsOf(found[1] ?? ''), text };
}

/** True when the file holds for the whole repository. */
export function appliesEverywhere(scoped: ScopedInstructions): boolean {
  return scoped.globs.some((glob) => glob === '**' || glob === '**/*');
}

/** True when the file holds for a repository path. */
export function appliesTo(scoped: ScopedInstructions, path: string): boolean {
  return scoped.globs.some((glob) => posix.matchesGlob(path, glob));
}

function globsOf(yaml: string): readonly string[] {
  const parsed = FrontMatter.safeParse(yamlOf(yaml));
  if (!parsed.success) return [];
  const given = [parsed.data.applyTo].flat().flatMap((globs) => splitGlobs(globs));
  return given.map((glob) => glob.trim().replace(/^\//, '')).filter(isSane);
}

function yamlOf(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    // A file that says nothing that can be read applies to nothing.
    return undefined;
  }
}

// Globs are joined by commas, which braces use as well.
function splitGlobs(globs: string): readonly string[] {
  return globs.split(/,(?![^{}]*\})/);
}

function isSane(glob: string): boolean {
  const few = (part: string) => glob.split(part).length - 1 <= PARTS_MAX;
  return glob !== '' && glob.length <= GLOB_MAX && few('{') && few('**') && few('(');
}
