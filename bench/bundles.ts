import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What SST puts before every bundle, so that CommonJS inside of it works. */
const banner = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  'const require = topLevelCreateRequire(import.meta.url);',
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  'const __filename = topLevelFileUrlToPath(import.meta.url)',
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
].join('\n');

/** esbuild's options as SST 4.17.1 has them for nodejs24.x (pkg/runtime/node/build.go). */
export const bundleOptions = {
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
 * Writes the bundle of each function of `app/lambda/` to `<folder>/<name>/bundle.mjs`. One run for all of them, in which
 * each is a bundle of its own all the same, reads the shared files once.
 */
export async function writeBundles<Name extends string>(
  folder: string,
  names: readonly Name[],
): Promise<ReadonlyMap<Name, Bundle>> {
  const { metafile } = await build({
    ...bundleOptions,
    entryPoints: names.map((name) => ({
      in: join(root, 'app', 'lambda', `${name}.ts`),
      out: join(name, 'bundle'),
    })),
    outdir: folder,
    minify: true,
    metafile: true,
  });
  const written = Object.entries(metafile.outputs);
  return new Map(
    names.map((name) => [
      name,
      {
        file: join(folder, name, 'bundle.mjs'),
        bytes: written.find(([path]) => path.endsWith(`/${name}/bundle.mjs`))?.[1].bytes ?? 0,
      },
    ]),
  );
}
