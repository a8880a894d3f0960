import { createServer, type RequestListener, type IncomingMessage } from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';

/** A server on this machine only. `close` ends open connections as well. */
export type LoopbackServer = Readonly<{ endpoint: string; close: () => Promise<void> }>;

/**
 * Starts an HTTP server on 127.0.0.1 and returns its address. Port 0 takes a free port.
 * Rejects when the port is taken.
 */
export async function startLoopbackServer(
  handle: RequestListener,
  port = 0,
): Promise<LoopbackServer> {
  const server = createServer(handle);
  const taken = await listen(server, port);
  return {
    endpoint: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Returns a port of 127.0.0.1 that was free a moment ago, for programs that cannot choose one themselves.
 * Another program may take it first, so that the caller has to be ready to try again.
 */
export async function freePort(): Promise<number> {
  const server = createSocketServer();
  const port = await listen(server, 0);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}

/** Returns the whole body of a request. Rejects when the client goes away first. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('No TCP address'));
      else resolve(address.port);
    });
  });
}
