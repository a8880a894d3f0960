import { z } from 'zod';
import type { Bucket } from '../../core/bucket.ts';
import { checksOf, isFailure, type ListedCheck } from '../../core/github/failed-checks.ts';
import type { Github } from '../../core/github/octokit.ts';
import { pullRequestState } from '../../core/github/pull-request.ts';
import { repositoryById } from '../../core/github/repository.ts';
import { isTerminal } from '../../core/job-state.ts';
import { promptsCheckName } from '../../core/render/prompts-check.ts';
import type { RepositoryRef, Request } from '../../core/request.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { PromptsCheck } from '../../core/store/prompts-checks.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import { toldInPrivate } from '../../core/told-in-private.ts';
import { meantJobs } from '../../core/meant-jobs.ts';
import { latestOn } from '../accept/find-request.ts';
import { promptsOf } from '../accept/saved-command.ts';
import type { Installations } from '../installations.ts';
import { settingsOf } from '../settings.ts';
import type { LastRun, PromptsFacts } from './decide-buttons.ts';
import { promptAgain } from './prompt-again.ts';

export type GatherDeps = Readonly<{
  appId: number;
  installations: Installations;
  requests: RequestStore;
  jobs: JobStore;
  bucket: Bucket;
}>;

/** A head as GitHub shows it now. */
export type HeadView = Readonly<{
  github: Github;
  repository: RepositoryRef;
  facts: PromptsFacts;
  /** Our own check run with buttons on it. */
  check_run_id: number | undefined;
}>;

/**
 * Asks GitHub, now, what the buttons of a head stand on. Undefined when the repository is gone. Throws what Octokit
 * throws.
 */
export async function gatherPrompts(
  deps: GatherDeps,
  check: PromptsCheck,
): Promise<HeadView | undefined> {
  const github = await deps.installations.client(check.installation_id);
  const repository = await repositoryById(github, check.repository_id);
  if (!repository) return undefined;
  const view = { github, repository, check_run_id: check.check_run_id };
  const pull_request = await pullRequestOf(github, repository, check);
  if (pull_request === undefined) {
    const facts = { pull_request, saved: [], failing: [], last: undefined };
    return { ...view, facts };
  }
  const { installation_id } = check;
  const files = await settingsOf(deps, { installation_id, repository });
  const saved = promptsOf(files).filter(({ button }) => button !== undefined && button !== false);
  const last = await lastRun(deps, repository, pull_request);
  const needed = saved.length > 0 || last !== undefined;
  const checks = needed ? await checksOf(github, { repository, sha: check.head_sha }) : [];
  return {
    ...view,
    check_run_id: check.check_run_id ?? ownRun(checks, deps.appId)?.id,
    facts: { pull_request, saved, failing: failingNames(checks, deps.appId), last },
  };
}

const Pulls = z.array(
  z.object({ number: z.number().int(), state: z.string(), head: z.object({ sha: z.string() }) }),
);

/** The open pull request whose head the commit is. A fork's head is found by its number only. */
async function pullRequestOf(
  github: Github,
  repository: RepositoryRef,
  { head_sha, pull_request: number }: PromptsCheck,
): Promise<number | undefined> {
  if (number !== undefined) {
    const pull = await pullRequestState(github, { repository, number });
    if (pull?.open && pull.head.sha === head_sha) return number;
  }
  const { owner, name: repo } = repository;
  const { data } = await github.rest.repos.listPullRequestsAssociatedWithCommit({
    owner,
    repo,
    commit_sha: head_sha,
    per_page: 100,
  });
  return Pulls.parse(data).find(({ state, head }) => state === 'open' && head.sha === head_sha)
    ?.number;
}

function ownRun(checks: readonly ListedCheck[], appId: number): ListedCheck | undefined {
  return checks.find(({ app, name }) => app?.id === appId && name === promptsCheckName);
}

function failingNames(checks: readonly ListedCheck[], appId: number): readonly string[] {
  const failing = checks.filter(
    ({ app, conclusion }) => app?.id !== appId && isFailure(conclusion),
  );
  return failing.map(({ name }) => name);
}

/** The latest request that was made on the pull request, or worked on it. */
async function lastRun(
  deps: GatherDeps,
  repository: RepositoryRef,
  number: number,
): Promise<LastRun | undefined> {
  const latest = await latestOn(deps, { repository, issue_number: number, pull_request: number });
  return latest && describeRun(deps, repository, latest);
}

async function describeRun(
  deps: GatherDeps,
  repository: RepositoryRef,
  request: Request,
): Promise<LastRun> {
  const all = await deps.jobs.ofRequest(request.id);
  const taken = new Set((await deps.requests.takenOf(request.id)).map(({ job_id }) => job_id));
  const open = all.filter(({ id }) => !taken.has(id));
  const hidden = toldInPrivate(request, { repository });
  // Of another repository's request only the part in this one is taken up from here.
  const local = request.source.repository.id === repository.id;
  const mine = local ? open : open.filter((job) => !hidden && job.repository.id === repository.id);
  const able = (type: 'retry' | 'continue') => meantJobs(mine, { type }, request).length > 0;
  return {
    request_id: request.id,
    ended: all.every(({ state }) => isTerminal(state)),
    unfinished: able('retry') ? 'retry' : able('continue') ? 'continue' : undefined,
    prompt: hidden ? undefined : await promptAgain(deps, request),
    excerpt: hidden ? '' : request.prompt_excerpt,
  };
}
