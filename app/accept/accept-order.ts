import type { Command } from '../../core/command.ts';
import { UserError } from '../../core/errors.ts';
import {
  failureReply,
  helpReply,
  mixedCommandsReply,
  noRequestReply,
  placedReply,
  statusReply,
  twoCommandsReply,
  usageReply,
} from '../replies.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { cancel } from './cancel.ts';
import { takeUp } from './take-up/take-up.ts';
import type { PromptCommand } from './decide.ts';
import { findRequest } from './find-request.ts';
import { finishRequest } from './finish-request.ts';
import type { Order } from './order.ts';
import { refuse } from './refuse.ts';
import { reply } from './reply.ts';
import { findPrompt, listPrompts } from './saved-prompts.ts';
import { startRequest } from './start-request.ts';
import { usage } from './usage.ts';

/**
 * Handles one command. Handling the same one again finishes what a crash left undone and repeats nothing. Throws
 * TransientError when the queue should deliver it again.
 */
export async function acceptOrder(deps: AcceptDeps, order: Order): Promise<void> {
  const log = deps.log.child({ command: order.key, request: order.request_id });
  const bound = { ...deps, log };
  if (await isKnown(bound, order)) return;
  const text = await act(bound, order);
  if (text !== undefined) await reply(bound, order, text);
  log.info({ parsed: order.parsed.type, replied: text !== undefined }, 'Command handled');
}

/** True when the command was taken before; then only what may have been left undone is done. */
async function isKnown(deps: AcceptDeps, order: Order): Promise<boolean> {
  const known = await deps.requests.command(order.key);
  if (!known) return false;
  if (known.payload_sha256 !== order.payload_sha256) {
    deps.log.warn('A command came again with other content and is ignored');
  } else if (known.disposition === 'request') {
    deps.log.info('A command came again and its request is brought on its way');
    await finishRequest(deps, order, { again: true });
    if (known.reply !== undefined) await reply(deps, order, known.reply);
  }
  return true;
}

/** Does what is asked for; returns the reply, if one is due. */
async function act(deps: AcceptDeps, order: Order): Promise<string | undefined> {
  const { parsed } = order;
  switch (parsed.type) {
    case 'usage':
      return placedReply(order.place, usageReply(parsed.problem));
    case 'two_commands':
      return placedReply(order.place, twoCommandsReply());
    case 'mixed_commands':
      return mixedCommandsReply();
    case 'command':
      return orFailure(() => runCommand(deps, order, parsed.command));
  }
}

/** What GitHub refuses for good is told: trying again would not change it. */
async function orFailure(step: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof UserError) return failureReply(error);
    throw error;
  }
}

async function runCommand(
  deps: AcceptDeps,
  order: Order,
  command: Command,
): Promise<string | undefined> {
  switch (command.type) {
    case 'help':
      return helpReply();
    case 'status': {
      const found = await findRequest(deps, order, command.id);
      if (!found) return noRequestReply(order.source, command.id);
      const taken = await deps.requests.takenOf(found.request.id);
      const ids = new Set(taken.map(({ job_id }) => job_id));
      return statusReply(found, { now: deps.now(), taken: ids });
    }
    case 'continue':
    case 'retry':
    case 'rebase':
    case 'approve':
      return takeUp(deps, order, command);
    case 'cancel':
      return cancel(deps, order, command);
    case 'usage':
      return usage(deps, order);
    case 'prompts':
      return listPrompts(deps, order);
    case 'run': {
      const found = await findPrompt(deps, order, command);
      return typeof found === 'string' ? found : runPrompt(deps, order, found);
    }
    case 'prompt':
      return runPrompt(deps, order, command);
  }
}

async function runPrompt(
  deps: AcceptDeps,
  order: Order,
  command: PromptCommand,
): Promise<string | undefined> {
  const started = await startRequest(deps, order, command);
  switch (started.type) {
    case 'started':
      return undefined;
    case 'refused':
      return refuse(deps, started.problems);
    case 'failed':
      return failureReply(started.failure);
  }
}
