import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { productFolders } from './support/import-rules.ts';

/** Files that may name GitHub's public service, and why. Everything else has its addresses from the configuration. */
const allowed: Readonly<Record<string, string>> = {
  'core/config.ts': 'the defaults of GITHUB_API_URL and GITHUB_SERVER_URL',
  'core/github/attachment-hosts.ts': 'the hosts where the public service keeps attachments',
  'local/standin/github/openapi-document.ts': 'the name of a file in a package',
};

/** Links to GitHub's documentation are the same for every server. */
const host = /(?<!docs\.)github\.com|githubusercontent|githubassets/i;

it('names no GitHub host in the code, so that GitHub Enterprise Server works by two settings', () => {
  const root = new URL('..', import.meta.url);
  const paths = globSync(`{${productFolders.join(',')}}/**/*.{ts,js,css,html}`, {
    cwd: root,
    exclude: ['**/node_modules/**'],
  }).map((path) => path.replaceAll('\\', '/'));
  expect(paths.length).toBeGreaterThan(100);
  const naming = paths.filter((path) => host.test(readFileSync(new URL(path, root), 'utf8')));
  expect(naming.toSorted()).toEqual(Object.keys(allowed));
});
