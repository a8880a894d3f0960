import { z } from 'zod';

/** Scripts that package managers run without being asked to. Source: npm, "scripts", life cycle scripts. */
const lifecycle = [
  'preinstall',
  'install',
  'postinstall',
  'preprepare',
  'prepare',
  'postprepare',
  'prepublish',
  'dependencies',
] as const;

const Package = z.object({
  scripts: z.record(z.string(), z.unknown()).optional(),
  // What else names code that an installation runs, or fetches from elsewhere.
  gypfile: z.unknown().optional(),
  pnpm: z.unknown().optional(),
  overrides: z.unknown().optional(),
  resolutions: z.unknown().optional(),
  trustedDependencies: z.unknown().optional(),
});

/** True for a file that npm and its kin read scripts from. */
export function isPackageFile(path: string): boolean {
  return /(?:^|\/)package\.json$/i.test(path);
}

/**
 * True when a manifest runs something at an installation that it did not run before. A text that can't be read counts
 * as one that does. `before` is undefined for a new file. Pure.
 */
export function installsMore(before: string | undefined, now: string): boolean {
  const wanted = readPackage(now);
  if (!wanted) return true;
  const known = before === undefined ? undefined : readPackage(before);
  return [...wanted].some(([key, value]) => known?.get(key) !== value);
}

function readPackage(text: string): ReadonlyMap<string, string> | undefined {
  const parsed = Package.safeParse(json(text.replace(/^\uFEFF/, '')));
  if (!parsed.success) return undefined;
  const { scripts = {}, ...rest } = parsed.data;
  return new Map([
    ...lifecycle.flatMap((name) => entry(`scripts.${name}`, scripts[name])),
    ...Object.entries(rest).flatMap(([name, value]) => entry(name, value)),
  ]);
}

function entry(key: string, value: unknown): [string, string][] {
  return value === undefined ? [] : [[key, JSON.stringify(value)]];
}

function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // The caller takes what can't be read for the worst.
    return undefined;
  }
}
