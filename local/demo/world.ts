import { fileURLToPath } from 'node:url';
import type { GithubStandin } from '../standin/github/github-standin.ts';
import { type SourceRepository, importInto } from './import-repository.ts';
import type { Target } from './repository-view.ts';
import { readSeedFiles } from './seed-files.ts';
import { organization } from './surroundings.ts';

/** Who asks in the demo. */
export const requester = 'requester';

/** Another person with write access, and one who only reads what is public: to be chosen in the browser. */
const others = { reviewer: 'reviewer', outsider: 'outsider' } as const;

const seedNames = ['web-app', 'billing-service'] as const;
const collaborators = { [requester]: 'write', [others.reviewer]: 'write' } as const;

/** Makes the people of the demo. */
export function seedPeople(github: GithubStandin): void {
  for (const login of [requester, ...Object.values(others)]) github.seed.user({ login });
}

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
      // Without a first commit the stand-in would take the repository for an empty one; the import replaces it.
      files: { 'README.md': '' },
      collaborators,
    });
    await importInto(dir, source, env);
  }
  return sources.map(({ name, branch }) => ({ owner: organization, name, branch }));
}

/** What stands in the issue on which the demo asks. */
export type IssueText = Readonly<{ title: string; body: string }>;

/** Installs the App on everything and opens an issue in one repository; returns its number. */
export async function seedIssue(
  github: GithubStandin,
  target: Target,
  text: IssueText,
): Promise<number> {
  await github.seed.installation({ account: organization, repositories: 'all' });
  const { owner, name } = target;
  return github.seed.issue({ owner, name, ...text, author: requester }).number;
}

/** Opens an issue in each repository for the person in the browser to ask on; returns their addresses. */
export function seedNextIssues(
  github: GithubStandin,
  targets: readonly Target[],
  text: IssueText,
): readonly string[] {
  return targets.map(({ owner, name }) => {
    const { number } = github.seed.issue({ owner, name, ...text, author: requester });
    return issueAddress(github, { owner, name, issue: number });
  });
}

/** The page of an issue. */
export function issueAddress(
  github: GithubStandin,
  { owner, name, issue }: Readonly<{ owner: string; name: string; issue: number }>,
): string {
  return `${github.serverUrl}/${owner}/${name}/issues/${issue}`;
}
