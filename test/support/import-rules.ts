import { dirname, join, normalize } from 'node:path/posix';
import { computedModule, reachOf } from './imports.ts';

/** A source file of the product: its path from the repository's root, with slashes, and its text. */
export type SourceFile = Readonly<{ path: string; text: string }>;

/** The folders that the rules are about. */
export const productFolders = ['app', 'worker', 'core', 'infra', 'local', 'bench'] as const;

/** Which of the product's folders each of them may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  app: ['core'],
  worker: ['core'],
  core: [],
  infra: [],
  local: ['app', 'worker', 'core'],
  bench: ['app', 'worker', 'core', 'local'],
};

/** Which paths may import a package; every other one of the product may not. */
const vendors: readonly Readonly<{ module: RegExp; path: RegExp; rule: string }>[] = [
  { module: /^probot(\/|$)/, path: /^app\//, rule: 'Probot is imported in app/ only' },
  {
    module: /^@anthropic-ai\//,
    path: /^worker\/agent\//,
    rule: 'the Anthropic SDK is imported in worker/agent/ only',
  },
  {
    module: /^@aws-sdk\//,
    path: /^core\//,
    rule: 'AWS clients are imported in core/ only',
  },
  {
    module: /^(node:)?child_process$/,
    path: /^core\/process\.ts$/,
    rule: 'child_process is imported in core/process.ts only',
  },
];

/** Returns one sentence for each import that DESIGN §3 forbids, in the order of the files. */
export function brokenImportRules(files: readonly SourceFile[]): string[] {
  return [...files.flatMap(brokenInFile), ...sharedClients(files)];
}

function brokenInFile({ path, text }: SourceFile): string[] {
  const { modules, environment } = reachOf(text);
  const broken = modules.flatMap((module) => [
    ...brokenFolder(path, module),
    ...vendors
      .filter((vendor) => vendor.module.test(module) && !vendor.path.test(path))
      .map((vendor) => vendor.rule),
    ...(module === computedModule ? ['a computed import can not be checked'] : []),
  ]);
  const mayRead = /(^|\/)config\.ts$/.test(path) || path === 'app/lambda/receive.ts';
  if (environment && !mayRead) broken.push('process.env is read in config.ts files only');
  return broken.map((rule) => `${path}: ${rule}`);
}

function brokenFolder(path: string, module: string): string[] {
  if (!module.startsWith('.') && !module.startsWith('/')) return [];
  const from = path.split('/')[0] ?? '';
  const [to = ''] = normalize(join(dirname(path), module)).split('/');
  const allowed = mayImport[from] ?? [];
  if (to === from || allowed.includes(to) || !isProductOrTest(to)) return [];
  return [`${from}/ must not import ${to}/ (${module})`];
}

function isProductOrTest(folder: string): boolean {
  return folder === 'test' || productFolders.some((name) => name === folder);
}

function sharedClients(files: readonly SourceFile[]): string[] {
  const importers = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const module of reachOf(text).modules.filter((name) =>
      name.startsWith('@aws-sdk/client-'),
    )) {
      importers.set(module, (importers.get(module) ?? new Set()).add(path));
    }
  }
  return [...importers]
    .filter(([, paths]) => paths.size > 1)
    .map(
      ([module, paths]) => `${module} is imported by more than one file: ${[...paths].join(', ')}`,
    );
}
