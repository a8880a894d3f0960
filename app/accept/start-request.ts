import { UserError } from '../../core/errors.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { admitRequest } from './admit-request.ts';
import { gatherContext } from './context/gather-context.ts';
import { type PromptCommand, decide } from './decide.ts';
import { finishRequest } from './finish-request.ts';
import { gatherFacts } from './gather-facts.ts';
import { lockedOut } from './locked-out.ts';
import type { Order } from './order.ts';
import type { Problem } from './problem.ts';

/** What came of a prompt: its request is stored and on its way, or nothing was started. */
export type Started =
  | Readonly<{ type: 'started' }>
  | Readonly<{ type: 'refused'; problems: readonly Problem[] }>
  | Readonly<{ type: 'failed'; failure: UserError }>;

/**
 * Starts the request of a prompt: the one way in, wherever the prompt was written. Throws TransientError when GitHub,
 * the table or the bucket is out; trying again then repeats nothing.
 */
export async function startRequest(
  deps: AcceptDeps,
  order: Order,
  command: PromptCommand,
): Promise<Started> {
  try {
    const decision = decide(await gatherFacts(deps, order, command));
    if (decision.type === 'refuse') return { type: 'refused', problems: decision.problems };
    const locked = await lockedOut(deps, order);
    if (locked) return { type: 'refused', problems: [locked] };
    const told = await gatherContext(deps, order);
    await admitRequest(deps, { order: told, command, plan: decision.plan });
  } catch (error) {
    if (error instanceof UserError) return { type: 'failed', failure: error };
    throw error;
  }
  await finishRequest(deps, order);
  return { type: 'started' };
}
