import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { knownMessage } from '../../core/github/known-message.ts';
import type { PullRequestRef } from '../../core/job.ts';
import type { Actor } from '../../core/request.ts';
import { addLabels } from './add-labels.ts';
import { askReviewers } from './ask-reviewers.ts';
import type { PublishedCommit } from './commit.ts';
import { type StepDeps, type Target, fenced } from './step.ts';
import { labelsRefused, reviewersRefused } from './words.ts';

export type PullRequestInput = Readonly<{
  commit: PublishedCommit;
  base: string;
  title: string;
  body: string;
  draft: boolean;
  /** Count of changed files. */
  files: number;
  /** Undefined when no person asked. */
  reviewer: Actor | undefined;
  labels: readonly string[];
  /** Logins and `organization/team`, beside the reviewer. */
  reviewers: readonly string[];
}>;

const Pull = z.object({
  number: z.number().int(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  head: z.object({ ref: z.string(), sha: z.string() }),
  requested_reviewers: z.array(z.object({ login: z.string() })).nullish(),
});
type Pull = z.infer<typeof Pull>;

/**
 * Opens the pull request of the branch, or adopts the one that is open already, adds its labels and asks the requester
 * and others to review. What GitHub refuses of that is noted and is no failure. Throws `UserError` `pull_request_closed` when the branch had a pull
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
  await decorate(deps, target, { pull, input });
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

/** The requester and whoever else the settings name, but nobody who was asked before. */
async function decorate(
  deps: StepDeps,
  target: Target,
  { pull, input }: Readonly<{ pull: Pull; input: PullRequestInput }>,
): Promise<void> {
  const { number } = pull;
  const asked = (pull.requested_reviewers ?? []).map(({ login }) => login.toLowerCase());
  const { reviewer } = input;
  const who = [...new Set([...(reviewer ? [reviewer.login] : []), ...input.reviewers])];
  const missing = who.filter((one) => !asked.includes(one.toLowerCase()));
  if (!(await addLabels(deps, target, { number, labels: input.labels })))
    deps.note?.(labelsRefused(input.labels));
  const refused = await askReviewers(deps, target, { number, who: missing });
  // The requester hears of it anyway.
  const named = refused.filter((one) => one !== reviewer?.login);
  if (named.length > 0) deps.note?.(reviewersRefused(named));
}
