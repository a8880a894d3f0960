import { z } from 'zod';
import { completeRun, createCompletedRun } from '../../core/github/completed-run.ts';
import type { CheckRunRef } from '../../core/job.ts';
import { type StepDeps, type Target, fenced } from './step.ts';

/** The name under which people see the thread of a job among the checks. */
export const checkRunName = 'Cody';

export type CheckRunInput = Readonly<{
  jobId: string;
  headSha: string;
  conclusion: 'success' | 'failure' | 'neutral';
  output: Readonly<{ title: string; summary: string }>;
  detailsUrl?: string;
}>;

const CheckRun = z.object({
  id: z.number().int(),
  html_url: z.string().nullable(),
  name: z.string(),
  external_id: z.string().nullish(),
  status: z.string(),
});
type CheckRun = z.infer<typeof CheckRun>;

/**
 * Writes the completed check run of a job. There is at most one for a job and a commit: it is looked up by name
 * and external id before it is made. Throws what Octokit throws.
 */
export async function publishCheckRun(
  deps: StepDeps,
  target: Target,
  input: CheckRunInput,
): Promise<CheckRunRef> {
  const found = await findCheckRun(deps, target, input);
  const written = {
    conclusion: input.conclusion,
    output: input.output,
    ...(input.detailsUrl === undefined ? {} : { details_url: input.detailsUrl }),
  };
  const data = await fenced(deps, async () =>
    found
      ? completeRun(deps.github, target, { ...written, check_run_id: found.id })
      : createCompletedRun(deps.github, target, {
          ...written,
          name: checkRunName,
          head_sha: input.headSha,
          external_id: input.jobId,
        }),
  );
  const run = CheckRun.parse(data);
  const reference = { id: run.id, url: run.html_url ?? '', conclusion: input.conclusion };
  await deps.record({ check_run: reference });
  return reference;
}

async function findCheckRun(
  deps: StepDeps,
  target: Target,
  input: CheckRunInput,
): Promise<CheckRun | undefined> {
  const runs = await deps.github.paginate(deps.github.rest.checks.listForRef, {
    ...target,
    ref: input.headSha,
    check_name: checkRunName,
    filter: 'all',
    per_page: 100,
  });
  return z
    .array(CheckRun)
    .parse(runs)
    .find((run) => run.name === checkRunName && run.external_id === input.jobId);
}
