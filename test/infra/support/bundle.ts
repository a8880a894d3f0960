import { cpSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Bundle, bundleOptions, writeBundles } from '../../../bench/bundles.ts';
import { filesBeside } from '../../../infra/files-beside.ts';
import { type FunctionName, functionNames } from '../../../infra/limits.ts';
import { root } from '../../support/tool.ts';

/** Writes the bundle of each function to `<folder>/<name>/bundle.mjs`, with what is laid beside it. */
export async function bundleFunctions(folder: string): Promise<Record<FunctionName, Bundle>> {
  const written = await writeBundles(folder, functionNames);
  for (const [name, { from, to }] of Object.entries(filesBeside))
    cpSync(join(root, from), join(folder, name, to), { recursive: true });
  const bundle = (name: FunctionName): Bundle => {
    const found = written.get(name);
    if (!found) throw new Error(`${name} has no bundle`);
    return found;
  };
  return {
    receive: bundle('receive'),
    ingest: bundle('ingest'),
    dispatch: bundle('dispatch'),
    bury: bundle('bury'),
    sweep: bundle('sweep'),
    settle: bundle('settle'),
    broker: bundle('broker'),
    web: bundle('web'),
  };
}

/** The code of our own that stays in each bundle after unused code is gone, by entry. */
export async function keptCode(entries: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: entries.map((entry) => ({ in: join(root, entry), out: entry })),
    write: false,
  });
  return new Map(
    entries.map((entry) => {
      const output = outputFiles.find(({ path }) => path.endsWith(`/${entry}.mjs`));
      return [entry, ownParts(output?.text ?? '')];
    }),
  );
}

/** The packages of the registry that the entries import, by whatever way, sorted. */
export async function packagesOf(entries: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries],
    outdir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
  });
  const imported = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path, external }) => external === true && !isBuiltin(path))
    .map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  return [...new Set(imported)].toSorted();
}

/** esbuild writes the name of each file above its part. */
function ownParts(text: string): string {
  return text
    .split(/^\/\/ (?=\S+\.(?:ts|js|mjs|cjs)$)/m)
    .filter((part) => /^(app|core|worker)\//.test(part))
    .join('\n');
}
