import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { type Facts, factsOf } from './facts.ts';
import { foreign } from './read-package.ts';

const Workspace = z.record(z.string(), z.unknown()).nullable();
type Workspace = Readonly<Record<string, unknown>>;
const Catalogs = z.record(z.string(), z.unknown()).catch({});

/** What only names folders and versions. */
const plain = /^(?:packages|catalogs?)$/;
const sources = /^(?:overrides|registries|patchedDependencies)$/;

/** Returns the settings of pnpm, and what it takes from elsewhere. Source: pnpm, "Settings (pnpm-workspace.yaml)". */
export function pnpmWorkspace(text: string): readonly [settings: Facts, sources: Facts] {
  const workspace = read(text);
  return [settingsIn(workspace), sourcesIn(workspace)];
}

/** Which packages may run scripts, and more. */
function settingsIn(workspace: Workspace): Facts {
  const entries = Object.entries(workspace).filter(
    ([key]) => !plain.test(key) && !sources.test(key),
  );
  return factsOf('', Object.fromEntries(entries));
}

/** What comes from elsewhere, or in place of something else. `<<` brings any of it. */
function sourcesIn({ catalog, catalogs, ...rest }: Workspace): Facts {
  const named = Object.entries(Catalogs.parse(catalogs));
  const taken = Object.entries(rest).filter(([key]) => sources.test(key) || key === '<<');
  return new Map([
    ...factsOf('', Object.fromEntries(taken)),
    ...factsOf('catalog', foreign(catalog)),
    ...named.flatMap(([name, list]) => [...factsOf(`catalogs.${name}`, foreign(list))]),
  ]);
}

/** Throws for what is no YAML, for aliases, and for keys that stand twice: yaml itself compares each with each. */
function read(text: string): Workspace {
  const document = parseDocument(text, { uniqueKeys: false });
  if (document.errors.length > 0) throw new Error('The file is no YAML');
  visit(document, {
    Map: (_, map) => {
      const keys = map.items.map(({ key }) => (isScalar(key) ? String(key.value) : key));
      if (new Set(keys).size < keys.length) throw new Error('A key stands twice');
    },
  });
  if (document.contents !== null && !isMap(document.contents)) throw new Error('It is no map');
  return Workspace.parse(document.toJS({ maxAliasCount: 0 })) ?? {};
}
