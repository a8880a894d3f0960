import { UserError } from '../../core/errors.ts';
import { answeredStatus } from '../../core/github/known-message.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { acknowledge } from './acknowledge.ts';
import type { Order } from './order.ts';
import type { Problem } from './problem.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'bot' | 'log'>;

/**
 * The problem of a locked issue that takes nothing of the App, so that nobody would hear what comes of a request;
 * undefined elsewhere. 👀 tells, so that this is asked about a command that is taken but for it. What else GitHub has
 * against the reaction, a comment that was deleted for example, keeps nothing from starting. Throws TransientError when
 * GitHub is out.
 */
export async function lockedOut(deps: Deps, order: Order): Promise<Problem | undefined> {
  const { repository, issue_number, pull_request } = order.source;
  if (!order.locked || issue_number === undefined || pull_request !== undefined) return undefined;
  const refusal = await acknowledge(deps, order, false);
  if (refusal && !(refusal instanceof UserError)) throw refusal;
  if (answeredStatus(refusal?.cause) !== 403) return undefined;
  return { type: 'issue_locked', named: `${repository.owner}/${repository.name}` };
}
