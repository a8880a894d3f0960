import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { WebEnv } from '../web-env.ts';
import type { ApiDeps } from './api-deps.ts';
import { commonProblems } from './schema.ts';

const health = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the server works',
  security: [],
  responses: {
    ...commonProblems,
    200: {
      description:
        'Depths count all messages of a queue, and `malformed` those of two weeks that nobody could read; null when a service does not answer.',
      content: {
        'application/json': {
          schema: z
            .object({
              status: z.enum(['ok', 'degraded']),
              version: z.string(),
              queues: z.object({
                ingest: z.number().int().nullable(),
                jobs: z.number().int().nullable(),
              }),
              malformed: z.number().int().nullable(),
            })
            .openapi('Health'),
        },
      },
    },
  },
});

/** Adds what strangers may call too: nothing in it is secret. */
export function addOpenRoutes(api: OpenAPIHono<WebEnv>, deps: Pick<ApiDeps, 'health'>): void {
  api.openapi(health, async (context) => {
    const { status, version, queues, malformed = null } = await deps.health();
    const { ingest = null, jobs = null } = queues;
    return context.json({ status, version, queues: { ingest, jobs }, malformed }, 200);
  });
}
