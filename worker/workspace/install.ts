/**
 * Set-up runs with the network on, so that code of dependencies must not run then: install scripts stay off where
 * the package manager allows it. A repository that needs them says so with `setup:` in `.github/cody.yml`.
 * The first lockfile found counts.
 */
const installs: readonly (readonly [string, string])[] = [
  ['package-lock.json', 'npm ci --ignore-scripts --no-audit --no-fund'],
  ['npm-shrinkwrap.json', 'npm ci --ignore-scripts --no-audit --no-fund'],
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile --ignore-scripts'],
  ['bun.lock', 'bun install --frozen-lockfile --ignore-scripts'],
  ['uv.lock', 'uv sync --frozen'],
  ['poetry.lock', 'poetry install --no-interaction'],
  ['Cargo.lock', 'cargo fetch --locked'],
  ['go.sum', 'go mod download'],
  ['Gemfile.lock', 'bundle install'],
  ['composer.lock', 'composer install --no-scripts --no-interaction'],
];

/** The one install command that a lockfile in the repository's root asks for, or undefined. */
export function detectInstall(rootFiles: ReadonlySet<string>): string | undefined {
  if (rootFiles.has('yarn.lock')) {
    const modern = rootFiles.has('.yarnrc.yml');
    return `yarn install ${modern ? '--immutable --mode=skip-build' : '--frozen-lockfile --ignore-scripts'}`;
  }
  return installs.find(([lockfile]) => rootFiles.has(lockfile))?.[1];
}
