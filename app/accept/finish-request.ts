import { UserError } from '../../core/errors.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { acknowledge } from './acknowledge.ts';
import type { Order } from './order.ts';

type Deps = Pick<
  AcceptDeps,
  'installations' | 'bot' | 'jobs' | 'ingest' | 'jobsQueue' | 'promptsChecks' | 'log'
>;

/**
 * What follows once a request is stored: 👀, the status comment, one message per waiting job. Whoever pressed a button
 * reads of it there. Doing it `again`, after a crash or another delivery, changes nothing. Throws TransientError when the reaction could not be set, after the rest is done.
 */
export async function finishRequest(
  deps: Deps,
  order: Order,
  { again = false }: Readonly<{ again?: boolean }> = {},
): Promise<void> {
  // In a locked conversation it was tried before.
  const failure = await acknowledge(deps, order, again || order.locked === true);
  await deps.ingest.send({ type: 'report', request_id: order.request_id });
  await deps.promptsChecks.tell(order.source, {
    type: 'started',
    by: order.requester.login,
    request_id: order.request_id,
    pull_request: order.source.pull_request,
  });
  const jobs = await deps.jobs.ofRequest(order.request_id);
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
