import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { readRepository } from '../../../core/command/options.ts';
import type { Viewer } from '../access/viewer.ts';
import type { WebEnv } from '../web-env.ts';
import { cancelRequest, goOnWithRequest } from './act-on-request.ts';
import type { ApiDeps, ApiParts } from './api-deps.ts';
import { createRequest } from './create-request.ts';
import { listRequests, RequestPlace } from './list-requests.ts';
import { NewRequest } from './new-request.ts';
import {
  RequestDocument,
  requestDocument,
  RequestStatusName,
  WholeRequestDocument,
} from './request-document.ts';
import { actionProblems, commonProblems, Cursor, signedIn } from './schema.ts';
import { findSeenRequest, seePrompt } from './see-request.ts';

const id = z
  .string()
  .regex(/^[0-9a-z]{10}$/)
  .openapi({ example: '0123456789' });
const params = z.object({ id });

const RepositoryName = z
  .string()
  .max(140)
  .refine((text) => !text.includes('@') && readRepository(text) !== undefined, 'not owner/name')
  .openapi({ example: 'owner/name' });

const IdempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,128}$/)
    .openapi({
      description:
        'Any text of your own that stands for this call. The same call with the same key is done once, however often it is sent.',
    }),
});

const whole = (description: string) => ({
  description,
  content: { 'application/json': { schema: WholeRequestDocument } },
});
const made = { 200: whole('It was made before, by this key'), 201: whole('It is made') };

const list = createRoute({
  method: 'get',
  path: '/requests',
  summary: 'Requests that you may see, the newest first',
  description:
    'Those whose source or one of whose targets you may read. One call looks at 200 requests at most, so that a part may be short or empty although more follows.',
  security: signedIn,
  request: {
    query: z.object({
      state: RequestStatusName.optional(),
      repository: RepositoryName.optional(),
      requester: z.string().min(1).max(40).optional().openapi({ description: 'A login.' }),
      before: z.iso.datetime({ offset: true }).optional(),
      after: z.iso.datetime({ offset: true }).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(25),
      cursor: Cursor.optional(),
    }),
  },
  responses: {
    ...commonProblems,
    200: {
      description: 'One part of the list',
      content: {
        'application/json': {
          schema: z
            .object({ items: z.array(RequestDocument), next_cursor: z.string().optional() })
            .openapi('RequestPart'),
        },
      },
    },
  },
});

const create = createRoute({
  method: 'post',
  path: '/requests',
  summary: 'Start a request',
  description:
    'Does what a comment with `/cody` does, in your name. It is accepted for all of its repositories or for none.',
  security: signedIn,
  request: {
    headers: IdempotencyKey,
    body: { required: true, content: { 'application/json': { schema: NewRequest } } },
  },
  responses: { ...actionProblems, ...made },
});

const read = createRoute({
  method: 'get',
  path: '/requests/{id}',
  summary: 'One request',
  security: signedIn,
  request: { params },
  responses: { ...commonProblems, 200: whole('The request') },
});

const one = z.object({
  repository: RepositoryName.optional().openapi({
    description: 'One of its repositories; all when absent.',
  }),
});

const cancel = createRoute({
  method: 'post',
  path: '/requests/{id}/cancel',
  summary: 'Stop what is not done',
  description: 'By whoever asked for it, or who may write where it was asked.',
  security: signedIn,
  request: { params, query: one },
  responses: { ...actionProblems, 200: whole('What is left of it') },
});

const retry = createRoute({
  method: 'post',
  path: '/requests/{id}/retry',
  summary: 'Run again what failed',
  security: signedIn,
  request: { params, query: one, headers: IdempotencyKey },
  responses: { ...actionProblems, ...made },
});

const goOn = createRoute({
  method: 'post',
  path: '/requests/{id}/continue',
  summary: 'Go on with what a limit or a cancel stopped',
  security: signedIn,
  request: { params, headers: IdempotencyKey },
  responses: { ...actionProblems, ...made },
});

/** Adds requests: list, start, read, stop, and going on with them. */
export function addRequestRoutes(api: OpenAPIHono<WebEnv>, deps: ApiParts): void {
  api.openapi(list, async (context) => {
    const { cursor, limit, before, after, ...others } = context.req.valid('query');
    const filters = { ...others, before: msOf(before), after: msOf(after) };
    const name = `requests ${JSON.stringify(filters)}`;
    const found = await listRequests(deps, {
      viewer: context.get('viewer'),
      filters,
      place: cursor === undefined ? undefined : deps.cursors.open(name, cursor, RequestPlace),
      limit,
    });
    const next = found.next && { next_cursor: deps.cursors.seal(name, found.next) };
    return context.json({ items: found.items.map(requestDocument), ...next }, 200);
  });
  api.openapi(read, async (context) => {
    const { id: wanted } = context.req.valid('param');
    return context.json(await wholeDocument(deps, context.get('viewer'), wanted), 200);
  });
  api.openapi(create, async (context) => {
    const viewer = context.get('viewer');
    const { 'idempotency-key': idempotencyKey } = context.req.valid('header');
    const body = context.req.valid('json');
    const { request, fresh } = await createRequest(deps, { viewer, idempotencyKey, body });
    context.header('location', `/api/requests/${request.id}`);
    return context.json(await wholeDocument(deps, viewer, request.id), fresh ? 201 : 200);
  });
  addActions(api, deps);
}

function addActions(api: OpenAPIHono<WebEnv>, deps: ApiDeps): void {
  api.openapi(cancel, async (context) => {
    const viewer = context.get('viewer');
    const { id: wanted } = context.req.valid('param');
    const repository = named(context.req.valid('query').repository);
    await cancelRequest(deps, { viewer, id: wanted, repository });
    return context.json(await wholeDocument(deps, viewer, wanted), 200);
  });
  api.openapi(retry, async (context) => {
    const viewer = context.get('viewer');
    const { request, fresh } = await goOnWithRequest(deps, {
      viewer,
      id: context.req.valid('param').id,
      idempotencyKey: context.req.valid('header')['idempotency-key'],
      repository: named(context.req.valid('query').repository),
      type: 'retry',
    });
    context.header('location', `/api/requests/${request.id}`);
    return context.json(await wholeDocument(deps, viewer, request.id), fresh ? 201 : 200);
  });
  api.openapi(goOn, async (context) => {
    const viewer = context.get('viewer');
    const { request, fresh } = await goOnWithRequest(deps, {
      viewer,
      id: context.req.valid('param').id,
      idempotencyKey: context.req.valid('header')['idempotency-key'],
      repository: undefined,
      type: 'continue',
    });
    context.header('location', `/api/requests/${request.id}`);
    return context.json(await wholeDocument(deps, viewer, request.id), fresh ? 201 : 200);
  });
}

async function wholeDocument(
  deps: ApiDeps,
  viewer: Viewer,
  wanted: string,
): Promise<WholeRequestDocument> {
  const seen = await findSeenRequest(deps, viewer, wanted);
  const prompt = await seePrompt(deps, viewer, seen.request);
  return { ...requestDocument(seen), prompt: prompt ?? null };
}

function named(text: string | undefined) {
  return text === undefined ? undefined : readRepository(text);
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
