import { z } from 'zod';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import { githubFailure } from '../../core/github/failure.ts';
import { knownMessage } from '../../core/github/known-message.ts';
import type { PullRequestRef } from '../../core/job.ts';
import type { Actor } from '../../core/request.ts';
import type { PublishedCommit } from './commit.ts';
import { type StepDeps, type Target, fenced } from './step.ts';

export type PullRequestInput = Readonly<{
  commit: PublishedCommit;
  base: string;
  title: string;
  body: string;
  draft: boolean;
  /** Count of changed files. */
  files: number;
  reviewer: Actor;
}>;

const Pull = z.object({
  number: z.number().int(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  head: z.object({ ref: z.string(), sha: z.string() }),
  requested_reviewers: z.array(z.object({ id: z.number().int() })).nullish(),
});
type Pull = z.infer<typeof Pull>;

/**
 * Opens the pull request of the branch, or adopts the one that is open already, and asks the requester to review.
 * A reviewer that GitHub refuses is no failure. Throws `UserError` `pull_request_closed` when the branch had a pull
 * request that is closed, and what Octokit throws.
 */
export async function publishPullRequest(
  deps: StepDeps,
  target: Target,
  input: PullRequestInput,
): Promise<PullRequestRef> {
  const branch = input.commit.branch;
  const pull =
    (await findPullRequest(deps, target, branch)) ??
    (await open(deps, target, input)) ??
    (await findPullRequest(deps, target, branch));
  if (!pull) throw new Error('The pull request exists and does not exist');
  const reference: PullRequestRef = {
    number: pull.number,
    url: pull.html_url,
    draft: pull.draft,
    head_sha: pull.head.sha,
    files: input.files,
    ...(input.commit.verified === undefined ? {} : { verified: input.commit.verified }),
  };
  await deps.record({ pull_request: reference });
  if (!pull.requested_reviewers?.some((one) => one.id === input.reviewer.id))
    await requestReview(deps, target, { number: pull.number, reviewer: input.reviewer });
  return reference;
}

/**
 * The open pull request of a branch of this repository, or undefined when it never had one. Throws `UserError`
 * `pull_request_closed` when it had one that is closed: it is neither opened again nor replaced.
 */
export async function findPullRequest(
  deps: Pick<StepDeps, 'github'>,
  target: Target,
  branch: string,
): Promise<Pull | undefined> {
  const listed = await deps.github.paginate(deps.github.rest.pulls.list, {
    ...target,
    state: 'all',
    head: `${target.owner}:${branch}`,
    per_page: 100,
  });
  const pulls = z
    .array(Pull)
    .parse(listed)
    .filter((pull) => pull.head.ref === branch);
  const opened = pulls.find((pull) => pull.state === 'open');
  const closed = pulls.at(0);
  if (opened || !closed) return opened;
  throw new UserError(
    'pull_request_closed',
    `Pull request #${String(closed.number)} of this request is closed and was left alone.`,
  );
}

/** Undefined when GitHub says that there is one already. */
async function open(
  deps: StepDeps,
  target: Target,
  input: PullRequestInput,
): Promise<Pull | undefined> {
  const { title, body, base } = input;
  const create = (draft: boolean) =>
    fenced(deps, () =>
      deps.github.rest.pulls.create({
        ...target,
        title,
        body,
        base,
        head: input.commit.branch,
        draft,
      }),
    );
  try {
    return Pull.parse((await create(input.draft)).data);
  } catch (error) {
    const said = knownMessage(error);
    if (said === 'pull_request_exists') return undefined;
    // Private repositories of some plans have no drafts.
    if (said === 'draft_unsupported' && input.draft) return Pull.parse((await create(false)).data);
    throw error;
  }
}

async function requestReview(
  deps: StepDeps,
  target: Target,
  asked: { number: number; reviewer: Actor },
): Promise<void> {
  try {
    await fenced(deps, () =>
      deps.github.rest.pulls.requestReviewers({
        ...target,
        pull_number: asked.number,
        reviewers: [asked.reviewer.login],
      }),
    );
  } catch (error) {
    // What could not be asked yet is asked again with the whole step.
    if (error instanceof Stopped || error instanceof TransientError) throw error;
    // The pull request stands without a reviewer; the requester hears of it anyway.
    deps.log.warn({ failure: githubFailure(error).message }, 'review not requested');
  }
}
