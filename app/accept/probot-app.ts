import { Probot, ProbotOctokit } from 'probot';
import { z } from 'zod';
import type { AcceptDeps } from './accept-deps.ts';
import { acceptOrder } from './accept-order.ts';
import { EventName, readEvent } from './read-event.ts';

/** A webhook as it was received and verified. */
export type Webhook = Readonly<{ id: string; event: string; payload: unknown }>;

/** Handles one verified webhook. Throws TransientError when the queue should deliver it again. */
export type Accept = (webhook: Webhook) => Promise<void>;

/** Probot's own type of an event; our readers parse what they need. */
const Event = z.custom<Parameters<Probot['webhooks']['receive']>[0]>(
  (value) => z.object({ name: EventName, payload: z.looseObject({}) }).safeParse(value).success,
);

type Options = Readonly<{
  appId: number;
  privateKey: string;
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
    // Signatures were verified when the webhook was received; Probot asks for a secret all the same.
    secret: 'verified before',
    logLevel: 'fatal',
    Octokit: ProbotOctokit.defaults((given: object) => ({
      ...given,
      throttle: { enabled: false },
      retry: { enabled: false },
    })),
  });
  await probot.load((app) => {
    app.on(EventName.options, ({ id, name, payload }) =>
      handle({ ...deps, log: deps.log.child({ delivery: id, event: name }) }, { name, payload }),
    );
  });
  return async ({ id, event, payload }) => {
    const name = EventName.safeParse(event);
    if (!name.success) {
      deps.log.info({ event, delivery: id }, 'Event ignored');
      return;
    }
    await probot.webhooks.receive(Event.parse({ id, name: name.data, payload })).catch(firstCause);
  };
}

async function handle(
  deps: AcceptDeps,
  event: Readonly<{ name: EventName; payload: unknown }>,
): Promise<void> {
  const screened = await readEvent(deps, event);
  switch (screened.type) {
    case 'order':
      return acceptOrder(deps, screened.order);
    case 'prompts_check':
      return deps.promptsChecks.want(screened.wanted);
    case 'ignore':
      deps.log.info({ reason: screened.reason }, 'Event ignored');
  }
}

/** Probot wraps what a handler threw. */
function firstCause(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error;
}
