import { type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';

import { isGitPath } from './git-http.ts';
import { isPagePath } from './pages/pages.ts';
import type { WireAnswer, WireRequest } from './pipeline.ts';

type Server = Readonly<{ origin: string; close: () => Promise<void> }>;

/** Listens on 127.0.0.1: browsers get pages, everything else goes to `handle`. Rejects when the port is taken. */
export async function listen(
  port: number,
  pages: Hono,
  handle: (request: WireRequest) => Promise<WireAnswer>,
): Promise<Server> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (context, next) => {
    const { path, raw } = context.req;
    return isPagePath(path) && !isGitPath(path) ? pages.fetch(raw) : next();
  });
  app.all('*', async (context) => {
    const answer = await handle({
      method: context.req.method,
      url: new URL(context.req.url),
      headers: context.req.raw.headers,
      body: Buffer.from(await context.req.arrayBuffer()),
    });
    if (answer.type === 'destroy') {
      context.env.incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    const bare = answer.status === 204 || answer.status === 304;
    return new Response(bare ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) =>
      resolve({
        origin: `http://127.0.0.1:${info.port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      }),
    );
    server.once('error', reject);
  });
}
