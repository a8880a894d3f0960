import type { Logger } from 'pino';
import { UserError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { siblingsOf, withSiblings } from '../core/render/siblings.ts';
import { appFailure, type Installations } from './installations.ts';

type Deps = Readonly<{ installations: Installations; log: Logger }>;

/**
 * Lists in each pull request of a request the others, which were not there yet when it was opened. Writes only what
 * differs, so that it may be repeated. Throws TransientError; what GitHub refuses for good is logged.
 */
export async function writeSiblingLinks(deps: Deps, jobs: readonly Job[]): Promise<void> {
  const opened = jobs.filter((job) => job.pull_request !== undefined);
  if (opened.length < 2) return;
  for (const job of opened) {
    try {
      await writeInto(deps, job, opened);
    } catch (error) {
      const failure = appFailure(error);
      if (!(failure instanceof UserError)) throw failure;
      deps.log.warn({ err: failure, job: job.id }, 'A pull request takes no list of siblings');
    }
  }
}

async function writeInto(deps: Deps, job: Job, jobs: readonly Job[]): Promise<void> {
  const github = await deps.installations.client(job.installation_id);
  const { owner, name: repo } = job.repository;
  const place = { owner, repo, pull_number: job.pull_request?.number ?? 0 };
  const { data } = await github.rest.pulls.get(place);
  const before = data.body ?? '';
  const body = withSiblings(before, siblingsOf(job, jobs));
  if (body !== before) await github.rest.pulls.update({ ...place, body });
}
