import type { ParsedCommand } from '../../core/command.ts';
import type { Actor, RepositoryRef, RequestContext, RequestSource } from '../../core/request.ts';
import type { Wanted } from '../../core/store/prompts-checks.ts';
import type { AcceptDeps } from './accept-deps.ts';

/** A command for us, wherever it came from. */
export type Order = Readonly<{
  /** The semantic key: the same command has the same one however often and in whatever form it is delivered. */
  key: string;
  request_id: string;
  payload_sha256: string;
  source: RequestSource;
  requester: Actor;
  /** Unix time, ms. */
  written_at: number;
  parsed: Exclude<ParsedCommand, { type: 'none' }> | Readonly<{ type: 'mixed_commands' }>;
  /** The review thread, by its first comment, where the command is answered; absent means the conversation. */
  thread_id?: number;
  /** True when the conversation was locked: GitHub may not take a comment of the App there. */
  locked?: true;
  /** The check run that was asked for again: it bears the answer where nothing takes a comment. */
  check?: Readonly<{ installation_id: number; repository: RepositoryRef; id: number }>;
  /** Which of several commands is meant, as `path:line`. */
  place?: string;
  /** What stood around it in the event. */
  context: RequestContext;
}>;

/** What an event turned out to be. */
export type Screened =
  | Readonly<{ type: 'ignore'; reason: string }>
  /** The buttons on a commit may have changed. */
  | Readonly<{ type: 'prompts_check'; wanted: Wanted }>
  | Readonly<{ type: 'order'; order: Order }>;

/**
 * Reads the payload of one kind of event. Throws a zod error for a payload that is not of that kind, TransientError
 * when something has to be looked up and cannot be now.
 */
export type ReadEvent = (deps: AcceptDeps, payload: unknown) => Promise<Screened>;

/** An event that is not for us, and why. */
export function ignore(reason: string): Screened {
  return { type: 'ignore', reason };
}
