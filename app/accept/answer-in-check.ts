import { z } from 'zod';
import { createCompletedRun, completeRun } from '../../core/github/completed-run.ts';
import type { Github } from '../../core/github/octokit.ts';
import { pullRequestState } from '../../core/github/pull-request.ts';
import { resolveRepository } from '../../core/github/repository.ts';
import { notedSummary } from '../../core/render/noted-check.ts';
import { unspokenCheck } from '../replies.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'appId'>;

const Run = z.object({
  conclusion: z.string().nullish(),
  output: z.object({ title: z.string().nullish(), summary: z.string().nullish() }),
});

const conclusions = ['success', 'failure', 'cancelled', 'timed_out', 'skipped'] as const;

/**
 * Answers above the thread of the check run where a command was given, which stays as it is otherwise. Doing it again
 * changes nothing. Throws what Octokit throws.
 */
export async function answerAboveThread(
  { installations }: Deps,
  check: NonNullable<Order['check']>,
  text: string,
): Promise<void> {
  const { installation_id, repository, id: check_run_id } = check;
  const github = await installations.client(installation_id);
  const place = { owner: repository.owner, repo: repository.name };
  const { data } = await github.rest.checks.get({ ...place, check_run_id });
  const { conclusion, output } = Run.parse(data);
  await completeRun(github, place, {
    check_run_id,
    conclusion: conclusions.find((one) => one === conclusion) ?? 'neutral',
    output: {
      title: output.title ?? 'Cody',
      summary: notedSummary(output.summary ?? '', text),
    },
  });
}

const Listed = z.object({
  check_runs: z.array(z.object({ external_id: z.string().nullish() })),
});

/**
 * Answers in a check run of its own where the App may not comment: at the head of the pull request, else of the default
 * branch. `why` is what keeps it from commenting. Done once. Throws what Octokit throws.
 */
export async function answerInCheck(
  { installations, appId }: Deps,
  { source, request_id, requester }: Order,
  { why, text }: Readonly<{ why: string; text: string }>,
): Promise<void> {
  const github = await installations.client(source.installation_id);
  const head_sha = await headOf(github, source);
  if (head_sha === undefined) return;
  const place = { owner: source.repository.owner, repo: source.repository.name };
  const external_id = `reply:${request_id}`;
  const name = 'Cody';
  const listed = await github.rest.checks.listForRef({
    ...place,
    ref: head_sha,
    check_name: name,
    app_id: appId,
    filter: 'all',
    per_page: 100,
  });
  const known = Listed.parse(listed.data).check_runs;
  if (known.some((run) => run.external_id === external_id)) return;
  const lacks = (await installations.missing(source.installation_id)).length > 0;
  const output = unspokenCheck({ login: requester.login, why, lacks, text });
  await createCompletedRun(github, place, {
    name,
    head_sha,
    external_id,
    conclusion: 'neutral',
    output,
  });
}

async function headOf(github: Github, source: Order['source']): Promise<string | undefined> {
  const { repository, pull_request: number } = source;
  if (number !== undefined)
    return (await pullRequestState(github, { repository, number }))?.head.sha;
  return (await resolveRepository(github, { id: repository.id }))?.default_sha;
}
