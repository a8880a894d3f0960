import type { Context } from 'hono';
import { getConnInfo, handle } from 'hono/aws-lambda';
import manifest from '../../package.json' with { type: 'json' };
import { createQueue } from '../../core/queue.ts';
import { functionConfigs } from '../config.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { createMalformedMessages } from '../../core/store/malformed.ts';
import { readHealth } from '../health.ts';
import { createSeenSandbox } from '../seen-sandbox.ts';
import { acceptDeps } from '../wire-handlers.ts';
import { speakingParts } from '../wire-parts.ts';
import { wireWeb } from '../wire-web.ts';
import { createWired } from './wired.ts';

const facts = { version: manifest.version, engines: {} };

const wired = createWired({
  name: 'web',
  readConfig: functionConfigs.web,
  wire(config, around) {
    const parts = { ...around, ...speakingParts(config, around) };
    const queues = {
      ingest: createQueue({ aws: config.aws.SQS, url: config.ingestQueue }),
      jobs: createQueue({ aws: config.aws.SQS, url: config.jobsQueue }),
    };
    const malformed = createMalformedMessages(parts);
    const sandbox = createSeenSandbox({ ...parts, jobs: createJobStore(parts) });
    const host = {
      streams: false,
      health: () => readHealth({ ...facts, sandbox, queues, malformed }),
      peer: (context: Context) => getConnInfo(context).remote.address,
      // CloudFront, which adds the address of the browser.
      proxies: 1,
    };
    return handle(wireWeb({ ...parts, config, accept: acceptDeps(config, parts) }, host));
  },
});

type Handle = ReturnType<typeof handle>;

/**
 * Handles a function URL event (payload format 2.0) with pages and API. It answers a call whole, so that clients of
 * events are told to poll. Throws when the configuration is not complete.
 */
export async function handler(...[event, context]: Parameters<Handle>) {
  const served = await wired();
  return served(asAsked(event), context);
}

/** CloudFront calls the function by its own name, and hands on the one that the browser used. */
function asAsked(event: Parameters<Handle>[0]): Parameters<Handle>[0] {
  if (!('rawPath' in event)) return event;
  const host = event.headers['x-forwarded-host'];
  if (host === undefined) return event;
  return { ...event, headers: { ...event.headers, host } };
}
