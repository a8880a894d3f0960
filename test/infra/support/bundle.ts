import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { filesBeside } from '../../../infra/files-beside.ts';
import { type FunctionName, functionNames } from '../../../infra/limits.ts';
import { root } from '../../support/tool.ts';

/** What SST puts before every bundle, so that CommonJS inside of it works. */
const banner = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  'const require = topLevelCreateRequire(import.meta.url);',
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  'const __filename = topLevelFileUrlToPath(import.meta.url)',
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
].join('\n');

/** esbuild's options as SST 4.17.1 has them for nodejs24.x (pkg/runtime/node/build.go). */
const options = {
  absWorkingDir: root,
  outdir: root,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'es2024',
  mainFields: ['module', 'main'],
  keepNames: true,
  external: ['sharp', 'pg-native'],
  banner: { js: banner },
  logLevel: 'error',
} as const satisfies BuildOptions;

/** A deployed bundle: where it is, and its size in bytes. */
export type Bundle = Readonly<{ file: string; bytes: number }>;

/**
 * Writes the bundle of each function to `<folder>/<name>/bundle.mjs`. One run for all of them, in which each is a
 * bundle of its own all the same, reads the shared files once.
 */
export async function bundleFunctions(folder: string): Promise<Record<FunctionName, Bundle>> {
  const { metafile } = await build({
    ...options,
    entryPoints: functionNames.map((name) => ({
      in: join(root, 'app', 'lambda', `${name}.ts`),
      out: join(name, 'bundle'),
    })),
    outdir: folder,
    minify: true,
    metafile: true,
  });
  for (const [name, { from, to }] of Object.entries(filesBeside))
    cpSync(join(root, from), join(folder, name, to), { recursive: true });
  const written = Object.entries(metafile.outputs);
  const bundle = (name: FunctionName): Bundle => ({
    file: join(folder, name, 'bundle.mjs'),
    bytes: written.find(([path]) => path.endsWith(`/${name}/bundle.mjs`))?.[1].bytes ?? 0,
  });
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
    ...options,
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

/** esbuild writes the name of each file above its part. */
function ownParts(text: string): string {
  return text
    .split(/^\/\/ (?=\S+\.(?:ts|js|mjs|cjs)$)/m)
    .filter((part) => /^(app|core|worker)\//.test(part))
    .join('\n');
}
