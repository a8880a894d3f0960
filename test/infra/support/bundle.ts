import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import type { FunctionName } from '../../../infra/limits.ts';
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
function options(entry: string): BuildOptions {
  return {
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2024',
    mainFields: ['module', 'main'],
    keepNames: true,
    external: ['sharp', 'pg-native'],
    banner: { js: banner },
    logLevel: 'error',
  };
}

/** Writes the bundle that is deployed to `<folder>/<name>/bundle.mjs` and returns its path and size in bytes. */
export async function bundleFunction(
  name: FunctionName,
  folder: string,
): Promise<Readonly<{ file: string; bytes: number }>> {
  const file = join(folder, name, 'bundle.mjs');
  const { metafile } = await build({
    ...options(`app/lambda/${name}.ts`),
    minify: true,
    outfile: file,
    metafile: true,
  });
  return { file, bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0 };
}

/** The code of our own that stays in a bundle after unused code is gone, by file. */
export async function keptCode(entry: string): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({ ...options(entry), write: false, treeShaking: true });
  const text = outputFiles[0]?.text ?? '';
  const parts = text.split(/^\/\/ (?=\S+\.(?:ts|js|mjs|cjs)$)/m).slice(1);
  return new Map(
    parts.flatMap((part) => {
      const end = part.indexOf('\n');
      const file = part.slice(0, end);
      return /^(app|core|worker)\//.test(file) ? [[file, part.slice(end)]] : [];
    }),
  );
}
