/**
 * What the worker's code imports, of all that package.json names for the App, the pages and the single-machine server.
 * test/infra compares the list with the code.
 */
export const imagePackages = [
  '@anthropic-ai/sdk',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-sqs',
  '@aws-sdk/lib-dynamodb',
  '@octokit/core',
  '@octokit/plugin-paginate-rest',
  '@octokit/plugin-rest-endpoint-methods',
  '@vscode/ripgrep',
  'croner',
  'fastest-levenshtein',
  'mdast-util-from-markdown',
  'pino',
  'yaml',
  'zod',
] as const;

/** A package.json, or the lockfile's copy of it. */
type Manifest = Readonly<Record<string, unknown>>;

/**
 * Returns the manifest without all that the image does not need. Versions stay as they are, so that `npm ci` installs
 * from the same lockfile. Throws Error when a package is not in the manifest.
 */
export function imageManifest(manifest: Manifest): Manifest {
  const { devDependencies: _dev, optionalDependencies: _optional, ...rest } = manifest;
  const versions = new Map(Object.entries(Object(manifest['dependencies'])));
  const kept = imagePackages.map((name) => {
    const version = versions.get(name);
    if (version === undefined) throw new Error(`package.json has no ${name}`);
    return [name, version] as const;
  });
  return { ...rest, dependencies: Object.fromEntries(kept) };
}
