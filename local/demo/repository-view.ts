import { CheckRun, PullRequest } from './github-objects.ts';
import { checkRunName } from '../../worker/publish/check-run.ts';
import type { Person } from './person.ts';

/** A repository that the request names. */
export type Target = Readonly<{ owner: string; name: string; branch: string }>;

/** What a person sees of the request in one repository. */
export type RepositoryView = Readonly<{
  target: Target;
  pulls: readonly Readonly<{ pull: PullRequest; diff: string }>[];
  checkRuns: readonly CheckRun[];
}>;

/** The repository's pull requests of the bot, oldest first, with their diffs, and the check runs with threads. */
export async function viewRepository(
  person: Person,
  target: Target,
  bot: string,
): Promise<RepositoryView> {
  const root = `repos/${target.owner}/${target.name}`;
  const all = await person.list(`${root}/pulls?state=all&direction=asc`, PullRequest);
  const own = all.filter((pull) => pull.user.login === bot);
  const pulls = await Promise.all(
    own.map(async (pull) => ({
      pull,
      diff: await person.text(`${root}/pulls/${pull.number}`, 'application/vnd.github.diff'),
    })),
  );
  const commits = [...new Set([target.branch, ...own.map((pull) => pull.head.sha)])];
  const checkRuns = await Promise.all(
    commits.map((commit) =>
      person.list(`${root}/commits/${commit}/check-runs`, CheckRun, 'check_runs'),
    ),
  );
  const threads = checkRuns.flat().filter(({ name }) => name === checkRunName);
  return { target, pulls, checkRuns: threads };
}
