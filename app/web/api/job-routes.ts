import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { Job } from '../../../core/job.ts';
import { isTerminal } from '../../../core/job-state.ts';
import { notFound, WebProblem } from '../problem.ts';
import type { WebEnv } from '../web-env.ts';
import type { ApiParts } from './api-deps.ts';
import { JobDocument, jobDocument } from './job-document.ts';
import { sendJobEvents } from './job-events.ts';
import { commonProblems, signedIn } from './schema.ts';
import { findSeenJob } from './see-request.ts';
import { ThreadDocument, threadDocument, threadMarkdown } from './thread-document.ts';

const params = z.object({
  id: z
    .string()
    .regex(/^[0-9a-z]{10}-[1-5]$/)
    .openapi({ example: '0123456789-1' }),
});

const read = createRoute({
  method: 'get',
  path: '/jobs/{id}',
  summary: 'One job: the work of a request in one repository',
  security: signedIn,
  request: { params },
  responses: {
    ...commonProblems,
    200: { description: 'The job', content: { 'application/json': { schema: JobDocument } } },
  },
});

const thread = createRoute({
  method: 'get',
  path: '/jobs/{id}/thread',
  summary: 'What the agent said and did',
  description:
    'Parts as JSON, or with `Accept: text/markdown` the whole as Markdown. While the job goes on it is what set-up, agent and verification have said and done so far; `complete` says whether more may come.',
  security: signedIn,
  request: {
    params,
    query: z.object({
      from: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(100).default(50),
    }),
  },
  responses: {
    ...commonProblems,
    200: {
      description: 'The thread',
      content: {
        'application/json': { schema: ThreadDocument },
        'text/markdown': { schema: z.string() },
      },
    },
  },
});

const patch = createRoute({
  method: 'get',
  path: '/jobs/{id}/patch',
  summary: 'What the agent changed, for `git apply`',
  security: signedIn,
  request: { params },
  responses: {
    ...commonProblems,
    200: { description: 'A unified diff', content: { 'text/x-diff': { schema: z.string() } } },
  },
});

const events = createRoute({
  method: 'get',
  path: '/jobs/{id}/events',
  summary: 'Changes of a job as they happen',
  description:
    'Server-sent events: `job` with the job as its data, at last `end`. With `Last-Event-ID` nothing is sent that was seen. Where the host cannot hold a connection the answer is 204 with `Retry-After`: read the job then.',
  security: signedIn,
  request: {
    params,
    headers: z.object({ 'last-event-id': z.string().max(64).optional() }),
  },
  responses: {
    ...commonProblems,
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    204: { description: 'No connection can be held here; `Retry-After` is in seconds.' },
  },
});

/** Streams that one person and one process keep open. */
const mostOfOne = 6;
const mostOfAll = 200;

/** Adds jobs: read, thread, patch and events. */
export function addJobRoutes(api: OpenAPIHono<WebEnv>, deps: ApiParts): void {
  api.openapi(read, async (context) => {
    const job = await findSeenJob(deps, context.get('viewer'), context.req.valid('param').id);
    return context.json(jobDocument(job), 200);
  });
  api.openapi(thread, async (context) => {
    const viewer = context.get('viewer');
    const job = await findSeenJob(deps, viewer, context.req.valid('param').id);
    const found = await deps.seeThread(viewer, job);
    if (!found) throw notFound();
    if (wantsMarkdown(context.req.header('accept'))) {
      const text = await threadMarkdown(found, deps.modelNote);
      return context.text(text, 200, { 'content-type': 'text/markdown; charset=utf-8' });
    }
    return context.json(await threadDocument(found, context.req.valid('query')), 200);
  });
  api.openapi(patch, async (context) => {
    const { id } = context.req.valid('param');
    const job = await findSeenJob(deps, context.get('viewer'), id);
    if (!job.patch) throw notFound();
    const bytes = await deps.accept.bucket.get(job.patch);
    return context.body(new Uint8Array(bytes), 200, {
      'content-type': 'text/x-diff; charset=utf-8',
      'content-disposition': `attachment; filename="${patchName(job)}"`,
    });
  });
  addEvents(api, deps);
}

function addEvents(api: OpenAPIHono<WebEnv>, deps: ApiParts): void {
  const open = new Map<number, number>();
  api.openapi(events, async (context) => {
    const viewer = context.get('viewer');
    const { id } = context.req.valid('param');
    const job = await findSeenJob(deps, viewer, id);
    if (!deps.streams) {
      const retryAfter = isTerminal(job.state) ? '60' : '5';
      return context.body(null, 204, { 'retry-after': retryAfter });
    }
    const mine = open.get(viewer.user.id) ?? 0;
    const all = [...open.values()].reduce((sum, count) => sum + count, 0);
    if (mine >= mostOfOne || all >= mostOfAll)
      throw new WebProblem('rate_limited', 'Too many streams are open. Close one.', {
        headers: { 'retry-after': '10' },
      });
    const lastEventId = context.req.valid('header')['last-event-id'];
    open.set(viewer.user.id, mine + 1);
    return streamSSE(context, async (stream) => {
      try {
        const isSignedIn = async () => (await deps.identify(context))?.key === viewer.key;
        await sendJobEvents(deps, { viewer, id, lastEventId, isSignedIn, stream });
      } catch (error) {
        // The answer has begun, so that there is nobody to tell: clients come again by themselves.
        deps.accept.log.warn({ err: error }, 'A stream of events ended early');
      } finally {
        const left = (open.get(viewer.user.id) ?? 1) - 1;
        if (left > 0) open.set(viewer.user.id, left);
        else open.delete(viewer.user.id);
      }
    });
  });
}

function wantsMarkdown(accept: string | undefined): boolean {
  return /(^|,)\s*text\/markdown\b/i.test(accept ?? '');
}

/** Names of repositories hold nothing that a header could not. */
function patchName({ id, repository }: Job): string {
  return `${repository.name.replaceAll(/[^\w.-]/g, '-')}-${id}.patch`;
}
