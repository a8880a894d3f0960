import { fileURLToPath } from 'node:url';
import type { GithubStandin } from '../standin/github/github-standin.ts';
import { type SourceRepository, importInto } from './import-repository.ts';
import type { Target } from './repository-view.ts';
import { readSeedFiles } from './seed-files.ts';
import { organization } from './surroundings.ts';

/** Who asks in the demo. */
export const requester = 'requester';

const seedNames = ['web-app', 'billing-service'] as const;
const collaborators = { [requester]: 'write' } as const;

/** Puts the two seed repositories into the organization and returns them. */
export async function seedRepositories(github: GithubStandin): Promise<readonly Target[]> {
  for (const name of seedNames) {
    const folder = fileURLToPath(new URL(`./seed/${name}`, import.meta.url));
    const files = await readSeedFiles(folder);
    await github.seed.repository({ owner: organization, name, files, collaborators });
  }
  return seedNames.map((name) => ({ owner: organization, name, branch: 'main' }));
}

/** Puts real repositories into the organization and returns them. Throws Error with git's own words. */
export async function seedSources(
  github: GithubStandin,
  sources: readonly SourceRepository[],
  env: Readonly<Record<string, string>>,
): Promise<readonly Target[]> {
  for (const source of sources) {
    const { dir } = await github.seed.repository({
      owner: organization,
      name: source.name,
      defaultBranch: source.branch,
      collaborators,
    });
    await importInto(dir, source, env);
  }
  return sources.map(({ name, branch }) => ({ owner: organization, name, branch }));
}

/** Installs the App on everything and opens the issue on which the demo asks; returns its number. */
export async function seedIssue(github: GithubStandin, target: Target): Promise<number> {
  await github.seed.installation({ account: organization, repositories: 'all' });
  return github.seed.issue({
    owner: target.owner,
    name: target.name,
    title: 'Durations are hard to read',
    body: 'People see durations in these repositories and have to think about what they mean.',
    author: requester,
  }).number;
}
