import { z } from 'zod';
import type { CheckKind, DetectedCommand } from './verification.ts';

type Texts = ReadonlyMap<string, string>;
type Paths = ReadonlySet<string>;

// Words of scripts that wait for ever, change files, or need a network, a browser or a container.
const unfit =
  /(?:\bwatch\b|--watch|--fix\b|--write\b|\bserve\b|\bserver\b|\bstart\b|\bdocker\b|\bdocker-compose\b|\bpodman\b|\bkubectl\b|\bterraform\b|\bcurl\b|\bwget\b|\bplaywright\b|\bcypress\b|\bpuppeteer\b|\be2e\b|\bdeploy\b|\bpublish\b|\brelease\b|\binstall\b|\bnpm (?:ci|i)\b|\bpip3?\b|\byarn add\b|\bsudo\b|\bgit (?:push|fetch|pull|clone)\b)/;

/** True for a command line that ends by itself, changes nothing and needs no network. */
export function isFit(commandLine: string): boolean {
  return !unfit.test(commandLine.replaceAll(/--watch(?:All)?=false/g, ''));
}

const Manifest = z.object({ scripts: z.record(z.string(), z.string()).default({}) });

const scriptNames: readonly (readonly [CheckKind, readonly string[]])[] = [
  ['test', ['test', 'test:unit', 'unit']],
  ['types', ['typecheck', 'type-check', 'check-types', 'types', 'tsc']],
  ['lint', ['lint', 'lint:check', 'eslint']],
];

/** Scripts of the root's package.json, run by the package manager whose lockfile lies beside it. */
export function packageCandidates(paths: Paths, texts: Texts): DetectedCommand[] {
  const parsed = Manifest.safeParse(json(texts.get('package.json')));
  if (!parsed.success) return [];
  const { scripts } = parsed.data;
  const manager = packageManager(paths);
  return scriptNames.flatMap(([kind, names]) => {
    const name = names.find((candidate) => isRunnable(scripts, candidate));
    if (name === undefined) return [];
    const command =
      name === 'test' && manager !== 'bun' ? `${manager} test` : `${manager} run ${name}`;
    return [{ command, source: 'package.json', kind }];
  });
}

function isRunnable(scripts: Readonly<Record<string, string>>, name: string): boolean {
  const script = scripts[name]?.trim();
  if (!script || isPlaceholder(script)) return false;
  return [script, scripts[`pre${name}`] ?? '', scripts[`post${name}`] ?? ''].every(isFit);
}

/** What `npm init` writes, and scripts that only say something. */
function isPlaceholder(script: string): boolean {
  return /^(?:echo\b.*|true|:|exit \d+)$/.test(script);
}

function packageManager(paths: Paths): 'npm' | 'pnpm' | 'yarn' | 'bun' {
  if (paths.has('pnpm-lock.yaml')) return 'pnpm';
  if (paths.has('yarn.lock')) return 'yarn';
  return paths.has('bun.lock') || paths.has('bun.lockb') ? 'bun' : 'npm';
}

/** Commands that the toolchains of Python, Rust and Go bring along. */
export function toolchainCandidates(paths: Paths, texts: Texts): DetectedCommand[] {
  return [...pythonCandidates(paths, texts), ...rustCandidates(paths), ...goCandidates(paths)];
}

function pythonCandidates(paths: Paths, texts: Texts): DetectedCommand[] {
  const run = pythonPrefix(paths);
  const config = (name: string) => texts.get(name) ?? '';
  const pyproject = config('pyproject.toml');
  const found: DetectedCommand[] = [];
  const pytest: readonly (readonly [string, boolean])[] = [
    ['pytest.ini', texts.has('pytest.ini')],
    ['pyproject.toml', /\bpytest\b/.test(pyproject)],
    ['tox.ini', /\bpytest\b/.test(config('tox.ini'))],
    ['setup.cfg', /^\[tool:pytest\]/m.test(config('setup.cfg'))],
  ];
  const source = pytest.find(([, names]) => names)?.[0];
  if (source !== undefined) found.push({ command: `${run}pytest -q`, source, kind: 'test' });
  if (/^\[tool\.mypy\]/m.test(pyproject) && /^(?:files|packages) *=/m.test(pyproject))
    found.push({ command: `${run}mypy`, source: 'pyproject.toml', kind: 'types' });
  if (/^\[tool\.ruff[\].]/m.test(pyproject))
    found.push({ command: `${run}ruff check .`, source: 'pyproject.toml', kind: 'lint' });
  return found;
}

/** Tools stand in the environment that set-up made; running them must not bring it up to date first. */
function pythonPrefix(paths: Paths): string {
  if (paths.has('uv.lock')) return 'uv run --no-sync ';
  return paths.has('poetry.lock') ? 'poetry run ' : '';
}

function rustCandidates(paths: Paths): DetectedCommand[] {
  if (!paths.has('Cargo.toml')) return [];
  const locked = paths.has('Cargo.lock') ? ' --locked' : '';
  return [{ command: `cargo test --offline${locked}`, source: 'Cargo.toml', kind: 'test' }];
}

function goCandidates(paths: Paths): DetectedCommand[] {
  if (!paths.has('go.mod')) return [];
  return [
    { command: 'go test ./...', source: 'go.mod', kind: 'test' },
    { command: 'go vet ./...', source: 'go.mod', kind: 'lint' },
  ];
}

const targets: readonly (readonly [CheckKind, readonly string[]])[] = [
  ['test', ['test', 'check', 'tests']],
  ['lint', ['lint']],
];

/** Targets of the root's Makefile whose own recipes are fit to run. */
export function makefileCandidates(texts: Texts): DetectedCommand[] {
  const text = texts.get('Makefile');
  if (text === undefined) return [];
  return targets.flatMap(([kind, names]) => {
    const name = names.find((target) => {
      const recipe = recipeOf(text, target);
      return recipe !== undefined && isFit(recipe);
    });
    return name === undefined ? [] : [{ command: `make ${name}`, source: 'Makefile', kind }];
  });
}

/** The prerequisites and recipe lines of a target, or undefined when there is no such target. */
function recipeOf(text: string, target: string): string | undefined {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => new RegExp(`^${target}\\s*:(?!=)`).test(line));
  if (at === -1) return undefined;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => line !== '' && !/^[\t #]/.test(line));
  const recipe = end === -1 ? rest : rest.slice(0, end);
  return [(lines[at] ?? '').slice(target.length), ...recipe].join('\n');
}

function json(text: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return value;
  } catch {
    // A broken manifest gives no commands away.
    return undefined;
  }
}
