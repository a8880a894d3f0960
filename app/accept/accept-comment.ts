import { UserError } from '../../core/errors.ts';
import type { Command } from '../../core/command.ts';
import {
  failureReply,
  helpReply,
  noRequestReply,
  refusalReply,
  statusReply,
  twoCommandsReply,
  usageReply,
} from '../replies.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { admitRequest } from './admit-request.ts';
import { cancel } from './cancel.ts';
import { takeUp } from './take-up.ts';
import { type PromptCommand, decide } from './decide.ts';
import { findRequest } from './find-request.ts';
import { finishRequest } from './finish-request.ts';
import { gatherFacts } from './gather-facts.ts';
import { type Addressed, type IssueCommentEvent, screen } from './issue-comment.ts';
import { reply } from './reply.ts';

/**
 * Handles one comment. Handling the same comment again finishes what a crash left undone and repeats nothing.
 * Throws TransientError when the queue should deliver it again.
 */
export async function acceptComment(deps: AcceptDeps, event: IssueCommentEvent): Promise<void> {
  const screened = screen(event, deps.policy.accounts);
  if (screened.type === 'ignore') {
    deps.log.info({ reason: screened.reason, comment: event.comment.id }, 'Comment ignored');
    return;
  }
  const { comment } = screened;
  const log = deps.log.child({ command: comment.key, request: comment.request_id });
  const bound = { ...deps, log };
  if (await isKnown(bound, comment)) return;
  const text = await act(bound, comment);
  if (text !== undefined) await reply(bound, comment, text);
  log.info({ parsed: comment.parsed.type, replied: text !== undefined }, 'Comment handled');
}

/** True when the comment was taken before; then only what may have been left undone is done. */
async function isKnown(deps: AcceptDeps, comment: Addressed): Promise<boolean> {
  const known = await deps.requests.command(comment.key);
  if (!known) return false;
  if (known.payload_sha256 !== comment.payload_sha256) {
    deps.log.warn('A comment came again with other content and is ignored');
  } else if (known.disposition === 'request') {
    deps.log.info('A comment came again and its request is brought on its way');
    await finishRequest(deps, comment);
  }
  return true;
}

/** Does what the comment asks for; returns the reply, if one is due. */
async function act(deps: AcceptDeps, comment: Addressed): Promise<string | undefined> {
  const { parsed } = comment;
  switch (parsed.type) {
    case 'usage':
      return usageReply(parsed.problem);
    case 'two_commands':
      return twoCommandsReply();
    case 'command':
      return runCommand(deps, comment, parsed.command);
  }
}

async function runCommand(
  deps: AcceptDeps,
  comment: Addressed,
  command: Command,
): Promise<string | undefined> {
  switch (command.type) {
    case 'help':
      return helpReply();
    case 'status': {
      const request = await findRequest(deps, comment, command.id);
      if (!request) return noRequestReply(comment.source, command.id);
      return statusReply(request.id, await deps.jobs.ofRequest(request.id), deps.now());
    }
    case 'continue':
      return takeUp(deps, comment, command);
    case 'retry':
      return takeUp(deps, comment, command);
    case 'cancel':
      return cancel(deps, comment, command);
    case 'prompt':
      return startRequest(deps, comment, command);
  }
}

async function startRequest(
  deps: AcceptDeps,
  comment: Addressed,
  command: PromptCommand,
): Promise<string | undefined> {
  try {
    const decision = decide(await gatherFacts(deps, comment, command));
    if (decision.type === 'refuse') return refusalReply(decision.problems);
    await admitRequest(deps, { comment, command, plan: decision.plan });
  } catch (error) {
    if (error instanceof UserError) return failureReply(error);
    throw error;
  }
  await finishRequest(deps, comment);
  return undefined;
}
