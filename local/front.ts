import { type HttpBindings, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AddressInfo } from 'node:net';

/** What stands behind the HTTP front; the same functions that the Lambda handlers call. */
export type FrontHandlers = Readonly<{
  receive: (delivery: {
    headers: Readonly<Record<string, string>>;
    body: Uint8Array;
  }) => Promise<{ status: number; body?: string | undefined }>;
  broker: (body: unknown) => Promise<{ status: number; body: unknown }>;
  health: () => Promise<unknown>;
  /** Pages and API: everything else. */
  web: (request: Request, connection: HttpBindings) => Response | Promise<Response>;
}>;

/** A listening front. */
export type Front = Readonly<{ url: string; close: () => Promise<void> }>;

type Options = Readonly<{ host: string; port: number; handlers: FrontHandlers }>;

/** GitHub sends at most 25 MB (GitHub docs, "Webhook events and payloads", payload cap). */
const maxBodyBytes = 25 * 1024 * 1024;

/** Listens on host and port (0: a free one) and resolves when it does. Rejects when the port is taken. */
export function startFront({ host, port, handlers }: Options): Promise<Front> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/api/github/webhooks', bodyLimit({ maxSize: maxBodyBytes }), async (context) => {
    const body = new Uint8Array(await context.req.arrayBuffer());
    const answer = await handlers.receive({ headers: context.req.header(), body });
    return new Response(answer.body ?? '', { status: answer.status });
  });
  app.post('/broker', bodyLimit({ maxSize: 4096 }), async (context) => {
    const answer = await handlers.broker(await context.req.json().catch(() => undefined));
    return new Response(JSON.stringify(answer.body), {
      status: answer.status,
      headers: { 'content-type': 'application/json' },
    });
  });
  app.get('/healthz', async (context) => context.json(await handlers.health()));
  app.all('*', (context) => handlers.web(context.req.raw, context.env));
  return listen(app, { host, port });
}

function listen(
  app: Hono<{ Bindings: HttpBindings }>,
  { host, port }: { host: string; port: number },
): Promise<Front> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (info: AddressInfo) => {
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${info.port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.on('error', reject);
  });
}
