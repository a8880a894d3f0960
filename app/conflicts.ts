import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { appFailure, type Installations } from './installations.ts';

type Deps = Readonly<{ installations: Installations; log: Logger }>;

const Answer = z.object({ mergeable: z.boolean().nullish() });

/** GitHub works out in the background whether a pull request can be merged; asking starts that. */
const tries = 3;
const distanceMs = 1_500;

/**
 * Returns the ids of the jobs whose pull request conflicts with its base. What GitHub does not know in time, or
 * refuses to tell, counts as no conflict. Throws TransientError.
 * Source: GitHub REST, "Get a pull request", about `mergeable`.
 */
export async function findConflicts(
  deps: Deps,
  jobs: readonly Job[],
): Promise<ReadonlySet<string>> {
  const open = jobs.filter((job) => job.pull_request !== undefined);
  const found = await Promise.all(
    open.map(async (job) => ((await mergeable(deps, job)) === false ? [job.id] : [])),
  );
  return new Set(found.flat());
}

async function mergeable(deps: Deps, job: Job): Promise<boolean | undefined> {
  const { owner, name: repo } = job.repository;
  const at = { owner, repo, pull_number: job.pull_request?.number ?? 0 };
  try {
    const github = await deps.installations.client(job.installation_id);
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const { data } = await github.rest.pulls.get(at);
      const answer = Answer.parse(data).mergeable ?? undefined;
      if (answer !== undefined) return answer;
      if (attempt < tries) await sleep(distanceMs);
    }
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure, job: job.id }, 'A pull request cannot be looked at');
    return undefined;
  }
}
