import type { CheckRun, CheckSuite } from './check.ts';
import { readCommit } from './git-commits.ts';
import type { Hub } from './hub.ts';
import { isPull } from './issue.ts';
import { appPayload, nodeId, time } from './payload-account.ts';
import { simpleCommitPayload } from './payload-git.ts';
import { repositoryPage, repositoryPayload, repositoryUrl } from './payload-repository.ts';
import { appById, type Repository, type World } from './world.ts';

/** GitHub's `check-run`. Actions are never shown: no route returns them. */
export function checkRunPayload(world: World, repository: Repository, run: CheckRun) {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  const app = appPayload(world, appById(world, run.appId));
  return {
    id: run.id,
    node_id: nodeId('CR', run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${repositoryPage(world, repository)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? app.external_url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: time(run.startedAt),
    completed_at: time(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app,
    pull_requests: pullsOf(world, repository, run.headSha),
  };
}

/** The suite of a check run as `check_run` events show it. */
export function simpleSuitePayload(world: World, repository: Repository, suite: CheckSuite) {
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteState(repository, suite),
    url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    created_at: time(suite.createdAt),
    updated_at: time(suite.updatedAt),
    app: appPayload(world, appById(world, suite.appId)),
    pull_requests: pullsOf(world, repository, suite.headSha),
  };
}

/** GitHub's `check-suite`. */
export async function checkSuitePayload(hub: Hub, repository: Repository, suite: CheckSuite) {
  const { world } = hub;
  const commit = await readCommit(hub.git, repository.dir, suite.headSha);
  if (!commit) throw new Error(`check suite ${suite.id} has lost its commit`);
  return {
    ...simpleSuitePayload(world, repository, suite),
    repository: repositoryPayload(world, repository),
    head_commit: simpleCommitPayload(commit),
    latest_check_runs_count: runsOf(repository, suite).length,
    check_runs_url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}/check-runs`,
    rerequestable: true,
    runs_rerequestable: true,
  };
}

/** The check runs of a suite, oldest first. */
export function runsOf(repository: Repository, suite: CheckSuite): CheckRun[] {
  return repository.checkRuns
    .values()
    .filter((run) => run.suiteId === suite.id)
    .toArray();
}

/** The worst of the conclusions, in the order in which GitHub lets one stand for a suite. */
const WORST_FIRST = [
  'failure',
  'timed_out',
  'cancelled',
  'action_required',
  'success',
  'neutral',
  'skipped',
];

/** The state of a suite, which follows from its runs. */
export function suiteState(
  repository: Repository,
  suite: CheckSuite,
): { status: string; conclusion: string | null } {
  const runs = runsOf(repository, suite);
  if (runs.length === 0 || suite.requeued) return { status: 'queued', conclusion: null };
  if (runs.some((run) => run.status !== 'completed'))
    return { status: 'in_progress', conclusion: null };
  const conclusion = WORST_FIRST.find((worst) => runs.some((run) => run.conclusion === worst));
  return { status: 'completed', conclusion: conclusion ?? 'neutral' };
}

function pullsOf(world: World, repository: Repository, sha: string) {
  const url = repositoryUrl(world, repository);
  const repo = { id: repository.id, url, name: repository.name };
  return repository.issues
    .values()
    .filter(isPull)
    .filter((issue) => issue.state === 'open' && issue.pull.headSha === sha)
    .map((issue) => ({
      id: issue.pull.id,
      number: issue.number,
      url: `${url}/pulls/${issue.number}`,
      head: { ref: issue.pull.headRef, sha, repo },
      base: { ref: issue.pull.baseRef, sha: issue.pull.baseSha, repo },
    }))
    .toArray();
}
