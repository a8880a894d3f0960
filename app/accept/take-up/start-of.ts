import { z } from 'zod';
import type { Github } from '../../../core/github/octokit.ts';
import { pullRequestState } from '../../../core/github/pull-request.ts';
import type { Job } from '../../../core/job.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import { type PullRequestFacts, workBranch } from '../decide.ts';
import type { Problem } from '../problem.ts';
import type { Start } from './decide-continue.ts';
import type { TakeUp } from '../../../core/meant-jobs.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'requests' | 'jobs'>;

/**
 * Asks GitHub where a job starts that takes up this one. A plan that was approved stays with the work. Throws what
 * Octokit throws.
 */
export async function startOf(deps: Deps, job: Job, take: TakeUp): Promise<Start> {
  const approved_plan = take.type === 'approve' ? job.id : job.approved_plan;
  const pull = await pullRequestOf(deps, job);
  if (pull?.type === 'gone') return { problem: { type: 'pull_request_gone', number: pull.number } };
  const place = await placeOf(deps, { job, pull_request: pull?.facts }, take);
  // A plan is approved with the most that it may cost.
  const start = take.type === 'approve' ? { ...place, most: job.budget_micro_usd } : place;
  return approved_plan === undefined ? start : { ...start, approved_plan };
}

type Worked = Readonly<{ job: Job; pull_request: PullRequestFacts | undefined }>;

async function placeOf(deps: Deps, worked: Worked, take: TakeUp): Promise<Start> {
  switch (take.type) {
    case 'approve':
      return carryOut(worked);
    case 'continue':
      return goOn(worked);
    case 'rebase':
      return replace(deps, worked);
    case 'retry':
      return startOver(worked);
  }
}

/** On the commit that was planned for. The head of a pull request must still be that one: the work is pushed there. */
function carryOut({ job, pull_request }: Worked): Start {
  if (!pull_request) return { at: startedAt(job) };
  const { number, head } = pull_request;
  const moved = { problem: { type: 'plan_head_moved', number } } as const;
  const at = headOf(pull_request, job);
  return { pull_request, at, ...(head.sha === job.base_sha ? {} : moved) };
}

/**
 * At the present head, of the pull request where the job was about one. What carries out a plan stays on the commit
 * that the plan was made for.
 */
function startOver({ job, pull_request }: Worked): Start {
  if (job.approved_plan !== undefined && !job.pull_request) return carryOut({ job, pull_request });
  return pull_request ? { pull_request, at: headOf(pull_request, job) } : {};
}

function startedAt({ repository, base_branch: branch, base_sha: sha }: Job) {
  return { repository_id: repository.id, branch, sha };
}

/** Work that is on a pull request goes on at its head, other work where its snapshot was taken. */
function goOn({ job, pull_request }: Worked): Start {
  const { snapshot } = job;
  if (pull_request && (job.pull_request || !snapshot))
    return { continues: job.id, pull_request, at: headOf(pull_request, job) };
  const moved = pull_request?.own === true && pull_request.head.sha !== job.base_sha;
  return {
    continues: job.id,
    ...(pull_request ? { pull_request } : {}),
    ...(snapshot ? { snapshot, at: startedAt(job) } : {}),
    // Its commit could not be pushed: it would stand on a head that is not the present one.
    ...(moved ? { problem: { type: 'pull_request_moved', number: pull_request.number } } : {}),
  };
}

/** The change is made again on the present base, when the pull request holds nothing but our commits. */
async function replace(deps: Deps, { job, pull_request }: Worked): Promise<Start> {
  if (!pull_request) throw new Error('A job with a pull request has none');
  const at = headOf(pull_request, job);
  const problem = pull_request.open ? await replaceProblem(deps, job, pull_request) : undefined;
  return { pull_request, at, replaces: pull_request.head.sha, ...(problem ? { problem } : {}) };
}

async function replaceProblem(
  deps: Deps,
  job: Job,
  { number, base, head }: PullRequestFacts,
): Promise<Problem | undefined> {
  const github = await deps.installations.client(job.installation_id);
  const ours = await ourCommits(deps, { repository_id: job.repository.id, number });
  const commits = await commitsOf(github, job, number);
  const foreign = commits.filter((sha) => !ours.has(sha)).length;
  if (foreign > 0) return { type: 'pull_request_of_people', number, commits: foreign };
  const { data } = await github.rest.repos.compareCommitsWithBasehead({
    owner: job.repository.owner,
    repo: job.repository.name,
    basehead: `${base}...${head.sha}`,
    per_page: 1,
  });
  return data.behind_by === 0 ? { type: 'pull_request_current', number, base } : undefined;
}

/** What requests of ours have pushed to a pull request. */
async function ourCommits(
  deps: Deps,
  which: Readonly<{ repository_id: number; number: number }>,
): Promise<ReadonlySet<string>> {
  const links = await deps.requests.linksOf(which);
  const jobs = await Promise.all(links.map(({ job_id }) => deps.jobs.get(job_id)));
  return new Set(jobs.flatMap((job) => job?.commit_sha ?? []));
}

const Commits = z.array(z.object({ sha: z.string() }));

/** GitHub lists at most 250 commits of a pull request, which is more than we ever make. */
async function commitsOf(github: Github, job: Job, number: number): Promise<readonly string[]> {
  const { owner, name: repo } = job.repository;
  const at = { owner, repo, pull_number: number, per_page: 100 };
  return Commits.parse(await github.paginate(github.rest.pulls.listCommits, at)).map(
    ({ sha }) => sha,
  );
}

function headOf(pull: PullRequestFacts, { repository }: Job): PullRequestFacts['head'] {
  return { ...pull.head, branch: workBranch(pull, repository.id) };
}

type Pull =
  Readonly<{ type: 'found'; facts: PullRequestFacts }> | Readonly<{ type: 'gone'; number: number }>;

async function pullRequestOf(deps: Deps, job: Job): Promise<Pull | undefined> {
  const number = job.pull_request?.number ?? job.iteration?.pull_request;
  if (number === undefined) return undefined;
  const github = await deps.installations.client(job.installation_id);
  const state = await pullRequestState(github, { repository: job.repository, number });
  if (!state) return { type: 'gone', number };
  const { open, merged, head } = state;
  const own = job.pull_request !== undefined || job.iteration?.own === true;
  return {
    type: 'found',
    facts: { number, open, merged, head, base: state.base.branch, own },
  };
}
