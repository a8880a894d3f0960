import { handle } from 'hono/aws-lambda';
import { createWired } from './wired.ts';

const wired = createWired('web');

let served: Promise<ReturnType<typeof handle>> | undefined;

/**
 * Handles a function URL event (payload format 2.0) with pages and API. It answers a call whole, so that clients of
 * events are told to poll. Throws when the configuration is not complete.
 */
export async function handler(...call: Parameters<ReturnType<typeof handle>>) {
  served ??= serve();
  return (await served)(...call);
}

async function serve(): Promise<ReturnType<typeof handle>> {
  const app = await wired();
  const facts = { version: 'unknown', engines: {}, sandbox: undefined };
  return handle(app.web({ streams: false, health: () => app.health(facts) }));
}
