import { z } from 'zod';
import { type Facts, factsOf } from './facts.ts';
import { withNamed } from './with-named.ts';

/** Scripts that package managers run without being asked to. Source: npm, "scripts", life cycle scripts. */
const lifecycle =
  /^(?:preinstall|install|postinstall|preprepare|prepare|postprepare|prepublish|prepack|dependencies|pnpm:devPreinstall)$/;

/** What else of a manifest runs code at an installation, or lets others run theirs. */
const running =
  /^(?:gypfile|pnpm|trustedDependencies|dependenciesMeta|packageManager|devEngines|allowScripts|lavamoat)$/;

/** Hooks of git that stand in a manifest. */
const hooks = /^(?:husky|gitHooks|simple-git-hooks|pre-commit|pre-push|lint-staged)$/;

const replacing = /^(?:overrides|resolutions)$/;
const dependencies = /^(?:dependencies|devDependencies|optionalDependencies|peerDependencies)$/;

const Package = z.record(z.string(), z.unknown());
type Manifest = Readonly<Record<string, unknown>>;
const Versions = z.record(z.string(), z.unknown()).catch({});

/** Returns what a manifest runs at an installation, the hooks of git that it sets up, and what it takes from elsewhere. */
export function packageManifest(
  text: string,
): readonly [scripts: Facts, hooks: Facts, sources: Facts] {
  const manifest = Package.parse(JSON.parse(text));
  const hooksIn = pick(manifest, (key) => hooks.test(key));
  return [scriptsIn(manifest), factsOf('', hooksIn), sourcesIn(manifest)];
}

/** Scripts that an installation runs, those that they run by name, and what else it obeys. */
function scriptsIn(manifest: Manifest): Facts {
  const scripts = withNamed(Versions.parse(manifest['scripts'] ?? {}), lifecycle);
  return new Map([
    ...factsOf('scripts', scripts),
    ...factsOf(
      '',
      pick(manifest, (key) => running.test(key)),
    ),
  ]);
}

/** Dependencies that come from elsewhere than the registry, and what replaces others. */
function sourcesIn(manifest: Manifest): Facts {
  const lists = pick(manifest, (key) => dependencies.test(key));
  return new Map([
    ...factsOf(
      '',
      pick(manifest, (key) => replacing.test(key)),
    ),
    ...Object.entries(lists).flatMap(([key, list]) => [...factsOf(key, foreign(list))]),
  ]);
}

/** What else a list of versions may hold. */
export function foreign(list: unknown): Readonly<Record<string, unknown>> {
  return pick(Versions.parse(list), (_, version) => !isVersion(version));
}

/** A range, a tag, or a place in this very workspace. */
function isVersion(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^(?:[\w.+*^~<>=| -]*|workspace:[\w.+*^~<>=| -]*|catalog:[\w-]*)$/.test(value)
  );
}

function pick(
  from: Readonly<Record<string, unknown>>,
  wanted: (key: string, value: unknown) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(from).filter(([key, value]) => wanted(key, value)));
}
