import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { RepositoryPlace, writableRepositories } from '../access/writable-repositories.ts';
import type { WebEnv } from '../web-env.ts';
import type { ApiParts } from './api-deps.ts';
import { commonProblems, Cursor, PersonDocument, RepositoryDocument, signedIn } from './schema.ts';
import { UsageDocument } from './usage-document.ts';

const me = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Who you are to this server',
  security: signedIn,
  responses: {
    ...commonProblems,
    200: {
      description: 'Yourself',
      content: {
        'application/json': {
          schema: z
            .object({ user: PersonDocument, via: z.enum(['session', 'token']) })
            .openapi('Viewer'),
        },
      },
    },
  },
});

const repositories = createRoute({
  method: 'get',
  path: '/repositories',
  summary: 'Repositories in which you can start work',
  description:
    'Those that the App is installed on and that you may write to. A part may be empty although more follows.',
  security: signedIn,
  request: {
    query: z.object({
      query: z.string().max(140).default('').openapi({ description: 'Part of owner/name.' }),
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
            .object({
              items: z.array(
                RepositoryDocument.extend({ default_branch: z.string(), archived: z.boolean() }),
              ),
              next_cursor: z.string().optional(),
            })
            .openapi('RepositoryPart'),
        },
      },
    },
  },
});

const usage = createRoute({
  method: 'get',
  path: '/usage',
  summary: 'What work cost, by day, person, repository and model',
  description: 'Of jobs in repositories that you may read, of at most 1,000 requests.',
  security: signedIn,
  request: { query: z.object({ days: z.coerce.number().int().min(1).max(31).default(7) }) },
  responses: {
    ...commonProblems,
    200: {
      description: 'Sums',
      content: { 'application/json': { schema: UsageDocument } },
    },
  },
});

/** Adds what is about the caller: who they are, where they may work, what it cost. */
export function addViewerRoutes(api: OpenAPIHono<WebEnv>, deps: ApiParts): void {
  api.openapi(me, (context) => {
    const { user, via } = context.get('viewer');
    return context.json({ user, via }, 200);
  });
  api.openapi(repositories, async (context) => {
    const { query, cursor } = context.req.valid('query');
    const list = `repositories ${query}`;
    const found = await writableRepositories(
      { ...deps, installations: deps.accept.installations },
      {
        viewer: context.get('viewer'),
        place: cursor === undefined ? undefined : deps.cursors.open(list, cursor, RepositoryPlace),
        query,
      },
    );
    const items = found.items.map(({ repository, ...rest }) => ({ ...repository, ...rest }));
    const next = found.next && { next_cursor: deps.cursors.seal(list, found.next) };
    return context.json({ items, ...next }, 200);
  });
  api.openapi(usage, async (context) => {
    const { days } = context.req.valid('query');
    return context.json(await deps.readUsage(context.get('viewer'), days), 200);
  });
}
