import { ConditionFailed, UserError } from '../../core/errors.ts';
import { answeredStatus } from '../../core/github/known-message.ts';
import { mayWrite, requesterPermission } from '../../core/github/permission.ts';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import type { Command } from '../../core/command.ts';
import type { Request } from '../../core/request.ts';
import {
  type Cancelled,
  cancelReply,
  mayNotCancelReply,
  noRequestReply,
  noSuchJobReply,
} from '../replies.ts';
import { causes } from '../causes.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { findRequest } from './find-request.ts';
import type { Order } from './order.ts';

type CancelCommand = Extract<Command, { type: 'cancel' }>;

/** Cancels what a comment names and returns the reply. Doing it again changes nothing more. */
export async function cancel(
  deps: AcceptDeps,
  order: Order,
  command: CancelCommand,
): Promise<string> {
  const found = await findRequest(deps, order, command.id);
  if (!found) return noRequestReply(order.source, command.id);
  const { request } = found;
  if (!(await mayCancel(deps, order, request))) return mayNotCancelReply(request.id);
  const jobs = found.jobs.filter((job) => isMeant(job, command));
  const { repository } = command;
  if (repository && jobs.length === 0)
    return noSuchJobReply(request.id, `${repository.owner}/${repository.name}`);
  const results: Cancelled[] = [];
  for (const job of jobs) results.push(await cancelJob(deps, job, order.requester.login));
  await deps.ingest.send({ type: 'report', request_id: request.id });
  return cancelReply(found, results);
}

async function mayCancel(
  deps: AcceptDeps,
  { requester, source }: Order,
  request: Request,
): Promise<boolean> {
  if (requester.id === request.requester.id) return true;
  try {
    const github = await deps.installations.client(source.installation_id);
    const asked = { repository: source.repository, user: requester };
    return mayWrite(await requesterPermission(github, asked));
  } catch (error) {
    if (error instanceof UserError || answeredStatus(error) === 404) return false;
    throw appFailure(error);
  }
}

function isMeant(job: Job, { repository }: CancelCommand): boolean {
  if (!repository) return true;
  const named = `${repository.owner}/${repository.name}`.toLowerCase();
  return `${job.repository.owner}/${job.repository.name}`.toLowerCase() === named;
}

/** Cancels one job on behalf of a person. It may move on meanwhile: then it is read again. */
export async function cancelJob(
  deps: Pick<AcceptDeps, 'jobs'>,
  first: Job,
  login: string,
): Promise<Cancelled> {
  let job = first;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (isTerminal(job.state)) return { job, effect: 'ended' };
      if (job.state === 'queued') {
        const moved = await deps.jobs.move(job, 'cancelled', {
          cause: causes.cancelled(login, job),
        });
        return { job: moved, effect: 'cancelled' };
      }
      await deps.jobs.requestCancel(job, login);
      return { job, effect: 'stopping' };
    } catch (error) {
      if (!(error instanceof ConditionFailed) || attempt === 5) throw error;
      job = (await deps.jobs.get(job.id)) ?? job;
    }
  }
}
