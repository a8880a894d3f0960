import type { Logger } from 'pino';
import { UserError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { type Links, threadUrl } from '../core/render/links.ts';
import { siblingsOf, withRelated } from '../core/render/related.ts';
import { appFailure, type Installations } from './installations.ts';

type Deps = Readonly<{ installations: Installations; links: Links; log: Logger }>;

/**
 * Writes into each pull request that a request opened what was not there yet then: the others and the thread. One that
 * it only went on with keeps its body. Writes only what differs, so that it may be repeated. Throws TransientError; what GitHub refuses for good is logged.
 */
export async function writeRelated(deps: Deps, jobs: readonly Job[]): Promise<void> {
  const opened = jobs.filter((job) => job.pull_request !== undefined);
  for (const job of opened.filter(({ iteration }) => !iteration?.own)) {
    try {
      await writeInto(deps, job, opened);
    } catch (error) {
      const failure = appFailure(error);
      if (!(failure instanceof UserError)) throw failure;
      deps.log.warn(
        { err: failure, job: job.id },
        'The body of a pull request cannot be brought up to date',
      );
    }
  }
}

async function writeInto(deps: Deps, job: Job, jobs: readonly Job[]): Promise<void> {
  const github = await deps.installations.client(job.installation_id);
  const { owner, name: repo } = job.repository;
  const place = { owner, repo, pull_number: job.pull_request?.number ?? 0 };
  const { data } = await github.rest.pulls.get(place);
  const before = data.body ?? '';
  const related = { siblings: siblingsOf(job, jobs), thread: threadUrl(job, deps.links) };
  const body = withRelated(before, related);
  if (body !== before) await github.rest.pulls.update({ ...place, body });
}
