import { UserError } from '../../core/errors.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Addressed } from './issue-comment.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'jobs' | 'ingest' | 'jobsQueue' | 'log'>;

/**
 * What follows once a request is stored: 👀, the status comment, one message per waiting job. Doing it again changes
 * nothing. Throws TransientError when the reaction could not be set, after the rest is done.
 */
export async function finishRequest(deps: Deps, comment: Addressed): Promise<void> {
  const failure = await acknowledge(deps, comment);
  await deps.ingest.send({ type: 'report', request_id: comment.request_id });
  const jobs = await deps.jobs.ofRequest(comment.request_id);
  const waiting = jobs.filter((job) => job.state === 'queued');
  await Promise.all(
    waiting.map((job) =>
      deps.jobsQueue.send(
        { type: 'job', job_id: job.id },
        { groupId: String(job.installation_id) },
      ),
    ),
  );
  if (failure && !(failure instanceof UserError)) throw failure;
}

/** GitHub answers 200 when the reaction is there already. */
async function acknowledge(deps: Deps, { source }: Addressed): Promise<Error | undefined> {
  try {
    const github = await deps.installations.client(source.installation_id);
    await github.rest.reactions.createForIssueComment({
      owner: source.repository.owner,
      repo: source.repository.name,
      comment_id: source.comment_id,
      content: 'eyes',
    });
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    deps.log.warn({ err: failure }, 'The comment could not be acknowledged');
    return failure;
  }
}
