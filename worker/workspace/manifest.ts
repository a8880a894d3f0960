import { parseDocument } from 'yaml';
import { z } from 'zod';

/** Files that say how a project is built, by name. */
export const manifestNames: ReadonlySet<string> = new Set([
  'package.json',
  'pyproject.toml',
  'setup.py',
  'requirements.txt',
  'Cargo.toml',
  'go.mod',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Gemfile',
  'composer.json',
  'mix.exs',
  'CMakeLists.txt',
  'Makefile',
  'justfile',
  'deno.json',
]);

/** Files in the root that name a tool's version. */
export const toolchainNames: ReadonlySet<string> = new Set([
  '.nvmrc',
  '.node-version',
  '.python-version',
  '.ruby-version',
  '.tool-versions',
  'rust-toolchain',
  'rust-toolchain.toml',
]);

/** True for a GitHub Actions workflow. */
export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

const PackageJson = z.object({
  scripts: z.record(z.string(), z.string()).optional(),
  packageManager: z.string().optional(),
  engines: z.record(z.string(), z.string()).optional(),
});

/** One line per manifest and tool version: its path, and what can be run by it. */
export function manifestFacts(read: ReadonlyMap<string, string>): string[] {
  return [...read].flatMap(([path, text]) => {
    if (isWorkflow(path)) return [];
    if (path.endsWith('package.json')) return packageFacts(path, text);
    if (path.endsWith('Makefile')) return [`${path} targets: ${makeTargets(text)}`];
    if (path.endsWith('go.mod')) return [`${path} ${/^go .*$/m.exec(text)?.[0] ?? ''}`.trim()];
    if (toolchainNames.has(path)) return [`${path} ${oneLine(text, 100)}`];
    return [path];
  });
}

/** Shell lines of the workflows that build, test or check, each once. */
export function ciCommands(read: ReadonlyMap<string, string>): string[] {
  const commands = [...read]
    .filter(([path]) => isWorkflow(path))
    .flatMap(([, text]) => runSteps(text))
    .filter((line) => /\b(test|lint|check|build|fmt|format|typecheck|tsc|vet|clippy)\b/.test(line));
  return [...new Set(commands)].slice(0, 20);
}

function packageFacts(path: string, text: string): string[] {
  const parsed = PackageJson.safeParse(json(text));
  if (!parsed.success) return [path];
  const { scripts = {}, packageManager, engines = {} } = parsed.data;
  const lines = Object.entries(scripts)
    .slice(0, 25)
    .map(([name, command]) => `  ${name}: ${oneLine(command, 120)}`);
  const versions = Object.entries(engines).map(([tool, range]) => `${tool} ${range}`);
  const facts = [...(packageManager ? [packageManager] : []), ...versions].join(', ');
  return [facts === '' ? path : `${path} (${oneLine(facts, 120)})`, ...lines];
}

function makeTargets(text: string): string {
  const targets = [...text.matchAll(/^([A-Za-z0-9_-]+)\s*:(?!=)/gm)].map(([, name]) => name);
  return [...new Set(targets)].slice(0, 25).join(' ');
}

const Workflow = z.object({
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(z.object({ run: z.string().optional() })).optional() }),
  ),
});

function runSteps(text: string): string[] {
  const workflow = Workflow.safeParse(yaml(text));
  if (!workflow.success) return [];
  return Object.values(workflow.data.jobs)
    .flatMap((job) => job.steps ?? [])
    .flatMap((step) => (step.run ?? '').split('\n'))
    .map((line) => oneLine(line, 160))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // A broken manifest is listed by its name only.
    return undefined;
  }
}

function yaml(text: string): unknown {
  try {
    const value: unknown = parseDocument(text, { logLevel: 'silent' }).toJS({ maxAliasCount: 10 });
    return value;
  } catch {
    // A broken workflow has no commands to show.
    return undefined;
  }
}

function oneLine(text: string, max: number): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, max);
}
