import { OpenAPIHono } from '@hono/zod-openapi';
import { WebProblem } from '../problem.ts';
import type { WebEnv } from '../web-env.ts';
import type { ApiParts } from './api-deps.ts';
import { addJobRoutes } from './job-routes.ts';
import { addOpenRoutes } from './open-routes.ts';
import { addRequestRoutes } from './request-routes.ts';
import { addViewerRoutes } from './viewer-routes.ts';

/** Paths below /api that strangers may call. */
export const openPaths = ['/api/health', '/api/openapi.json'];

/** Creates the JSON API. Its description is made of the schemas that read the calls. */
export function createApi(deps: ApiParts): OpenAPIHono<WebEnv> {
  const api = new OpenAPIHono<WebEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.target, result.error.issues);
    },
  });
  api.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-cody-session',
    description: 'A browser that signed in at /auth/login.',
  });
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A machine token: `npm run token -- create`.',
  });
  addOpenRoutes(api, deps);
  addViewerRoutes(api, deps);
  addRequestRoutes(api, deps);
  addJobRoutes(api, deps);
  api.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Cody Batch',
      version: '1',
      description: 'See, start and steer requests. docs/api.md shows how to call it.',
    },
    servers: [{ url: '/api' }],
  });
  return api;
}

type Issue = Readonly<{ path: readonly PropertyKey[]; message: string }>;

function invalid(target: string, issues: readonly Issue[]): WebProblem {
  return new WebProblem('invalid_request', 'The request does not have the right form.', {
    errors: issues.map(({ path, message }) => ({
      in: target,
      field: path.map(String).join('.'),
      detail: message,
    })),
  });
}
