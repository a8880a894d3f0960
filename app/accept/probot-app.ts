import type { Logger } from 'pino';
import { type Context, Probot, ProbotOctokit } from 'probot';
import { z } from 'zod';
import type { AcceptDeps } from './accept-deps.ts';
import { acceptComment } from './accept-comment.ts';
import { IssueCommentEvent } from './issue-comment.ts';

/** A webhook as it was received and verified. */
export type Webhook = Readonly<{ id: string; event: string; payload: unknown }>;

/** Handles one verified webhook. Throws TransientError when the queue should deliver it again. */
export type Accept = (webhook: Webhook) => Promise<void>;

/** Probot's own type of the payload; our handler parses what it reads. */
const CommentPayload = z.custom<Context<'issue_comment'>['payload']>(
  (value) => typeof value === 'object' && value !== null,
);

type Options = Readonly<{
  appId: number;
  privateKey: string;
  secret: string;
  baseUrl: string;
  deps: AcceptDeps;
}>;

/**
 * The Probot app, fed with verified webhooks. Its throttling and retries are off, because our own client paces writes
 * and the queue tries again; only the function form of `defaults` switches them off.
 */
export async function createAccept(options: Options): Promise<Accept> {
  const { deps, ...identity } = options;
  const probot = new Probot({
    ...identity,
    logLevel: 'fatal',
    Octokit: ProbotOctokit.defaults((given: object) => ({
      ...given,
      throttle: { enabled: false },
      retry: { enabled: false },
    })),
  });
  await probot.load((app) => {
    app.on('issue_comment', ({ id, payload }) => handleComment(deps, { id, payload }));
  });
  return async ({ id, event, payload }) => {
    if (event !== 'issue_comment') {
      deps.log.info({ event, delivery: id }, 'Event ignored');
      return;
    }
    await probot.webhooks
      .receive({ id, name: event, payload: CommentPayload.parse(payload) })
      .catch(firstCause);
  };
}

async function handleComment(
  deps: AcceptDeps,
  { id, payload }: { id: string; payload: unknown },
): Promise<void> {
  const log: Logger = deps.log.child({ delivery: id });
  const event = IssueCommentEvent.safeParse(payload);
  if (!event.success) {
    log.warn({ issues: event.error.issues.map(({ path }) => path.join('.')) }, 'Event malformed');
    return;
  }
  await acceptComment({ ...deps, log }, event.data);
}

/** Probot wraps what a handler threw. */
function firstCause(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error;
}
