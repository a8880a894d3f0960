import { z } from 'zod';
import { CheckRun, Comment, PullRequest, Reaction } from '../../local/demo/github-objects.ts';
import type { LedgerEntry } from '../../local/standin/github/pipeline.ts';
import type { Place } from './place.ts';
import type { Stack } from './stack.ts';

const Branch = z.object({ name: z.string(), commit: z.object({ sha: z.string() }) });
const Commit = z.object({ sha: z.string() });
const Check = CheckRun.extend({ external_id: z.string().nullish() });

/** A repository as its people see it. */
export type RepositoryFacts = Readonly<{
  id: number;
  name: string;
  branches: readonly Readonly<{ name: string; sha: string }>[];
  pulls: readonly z.infer<typeof PullRequest>[];
  checks: readonly z.infer<typeof Check>[];
  /** How many commits each pull request has, by its number. */
  commits: Readonly<Record<string, number>>;
}>;

/** A write of the App that GitHub took. */
export type GithubWrite = Readonly<{
  time: number;
  method: string;
  path: string;
  status: number;
  installationId: number | undefined;
  body: unknown;
}>;

/** What GitHub shows, and what was written there. */
export type GithubFacts = Readonly<{
  repositories: readonly RepositoryFacts[];
  /** The App's comments on the issues and pull requests of the first repository, the oldest first. */
  comments: readonly Readonly<{ id: number; number: number; body: string }>[];
  /** The App's reactions on what people wrote. */
  reactions: readonly Readonly<{ comment: number; content: string }>[];
  writes: readonly GithubWrite[];
  /** Limits of GitHub that were broken at the place. */
  brokenLimits: readonly string[];
}>;

/** Reads a place as its person, and the ledger. */
export async function githubFacts(stack: Stack, place: Place): Promise<GithubFacts> {
  const { github, bot } = stack;
  const repositories = await Promise.all(
    place.repositories.map((repository) => repositoryFacts(place, repository)),
  );
  const root = `repos/${place.owner}/app-1`;
  const all = await place.person.list(
    `${root}/issues/comments`,
    Comment.extend({ issue_url: z.string() }),
  );
  const theirs = all.filter(({ user }) => user.login !== bot);
  const reactions = await Promise.all(
    theirs.map(async ({ id }) => {
      const given = await place.person.list(`${root}/issues/comments/${id}/reactions`, Reaction);
      return given
        .filter(({ user }) => user.login === bot)
        .map(({ content }) => ({ comment: id, content }));
    }),
  );
  return {
    repositories,
    comments: all
      .filter(({ user }) => user.login === bot)
      .map(({ id, body, issue_url }) => ({ id, body, number: Number(issue_url.split('/').at(-1)) }))
      .toSorted((a, b) => a.id - b.id),
    reactions: reactions.flat(),
    writes: github.requests().slice(place.since.github).flatMap(writeOf),
    brokenLimits: github
      .brokenLimits()
      .filter(({ installationId }) => installationId === place.installationId)
      .map(({ limit }) => limit),
  };
}

function writeOf(entry: LedgerEntry): readonly GithubWrite[] {
  const { time, method, path, status, principal, body } = entry;
  if (principal.type !== 'installation' || method === 'GET' || status >= 300) return [];
  // Git asks for objects with POST; only a push writes.
  if (path.endsWith('/git-upload-pack')) return [];
  return [{ time, method, path, status, installationId: principal.installationId, body }];
}

async function repositoryFacts(
  { person, owner }: Place,
  { id, name }: Readonly<{ id: number; name: string }>,
): Promise<RepositoryFacts> {
  const root = `repos/${owner}/${name}`;
  const branches = (await person.list(`${root}/branches`, Branch)).map((branch) => ({
    name: branch.name,
    sha: branch.commit.sha,
  }));
  const pulls = await person.list(`${root}/pulls?state=all`, PullRequest);
  const commits = await Promise.all(
    pulls.map(async ({ number }) => ({
      number,
      shas: (await person.list(`${root}/pulls/${number}/commits`, Commit)).map(({ sha }) => sha),
    })),
  );
  const shas = new Set([
    ...branches.map(({ sha }) => sha),
    ...pulls.flatMap(({ head, base }) => [head.sha, base.sha]),
    ...commits.flatMap((one) => one.shas),
  ]);
  const checks = await Promise.all(
    [...shas].map((sha) =>
      person.list(`${root}/commits/${sha}/check-runs?filter=all`, Check, 'check_runs'),
    ),
  );
  return {
    id,
    name,
    branches,
    pulls,
    checks: checks.flat(),
    commits: Object.fromEntries(commits.map((one) => [one.number, one.shas.length])),
  };
}
