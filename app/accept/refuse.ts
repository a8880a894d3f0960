import { refusalReply } from '../refusal-replies.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Problem } from './problem.ts';

/** Notes which problems keep a request from starting, and returns what the requester is told about them. */
export function refuse({ log }: Pick<AcceptDeps, 'log'>, problems: readonly Problem[]): string {
  log.info({ problems: problems.map(({ type }) => type) }, 'Request refused');
  return refusalReply(problems);
}
