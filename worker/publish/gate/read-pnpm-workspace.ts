import { parse } from 'yaml';
import { z } from 'zod';
import { type Facts, factsOf } from './facts.ts';
import { foreign } from './read-package.ts';

const Workspace = z.record(z.string(), z.unknown()).nullable();
const Catalogs = z.record(z.string(), z.unknown()).catch({});

/** What only names folders and versions. */
const plain = /^(?:packages|catalogs?)$/;
const sources = /^(?:overrides|registries|patchedDependencies)$/;

/** Settings of pnpm: which packages may run scripts, and more. Source: pnpm, "Settings (pnpm-workspace.yaml)". */
export function pnpmSettings(text: string): Facts {
  const entries = Object.entries(read(text)).filter(
    ([key]) => !plain.test(key) && !sources.test(key),
  );
  return factsOf('', Object.fromEntries(entries));
}

/** What pnpm takes from elsewhere, or in place of something else. */
export function pnpmSources(text: string): Facts {
  const { catalog, catalogs, ...rest } = read(text);
  const named = Object.entries(Catalogs.parse(catalogs));
  return new Map([
    ...factsOf('', Object.fromEntries(Object.entries(rest).filter(([key]) => sources.test(key)))),
    ...factsOf('catalog', foreign(catalog)),
    ...named.flatMap(([name, list]) => [...factsOf(`catalogs.${name}`, foreign(list))]),
  ]);
}

function read(text: string): Readonly<Record<string, unknown>> {
  return Workspace.parse(parse(text, { maxAliasCount: 100 })) ?? {};
}
