import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { readBody } from './loopback-server.ts';

/** A whole answer of the server behind. */
export type Reply = Readonly<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>;

/** The server behind a front. */
export type Upstream = Readonly<{
  /** Posts a body and returns the whole answer, whatever its status. Rejects when there is none. */
  post: (headers: IncomingHttpHeaders, body: Buffer) => Promise<Reply>;
  /** Hands a request over as it comes, body and answer streamed. */
  pipe: (from: IncomingMessage, to: ServerResponse) => void;
  close: () => void;
}>;

/** Returns the port to the server at `endpoint`. Headers go through as they are, the Host header included. */
export function createUpstream(endpoint: string): Upstream {
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true });

  return {
    post: (headers, body) =>
      new Promise((resolve, reject) => {
        const sized: IncomingHttpHeaders = { ...headers, 'content-length': String(body.length) };
        delete sized['transfer-encoding'];
        const outgoing = request({
          agent,
          hostname,
          port,
          method: 'POST',
          path: '/',
          headers: sized,
        });
        outgoing.on('error', reject);
        outgoing.on('response', (answer) => {
          readBody(answer).then(
            (content) =>
              resolve({
                status: answer.statusCode ?? 502,
                headers: answer.headers,
                body: content,
              }),
            reject,
          );
        });
        outgoing.end(body);
      }),
    pipe: (from, to) => {
      const { method, url, headers } = from;
      const outgoing = request({ agent, hostname, port, method, path: url, headers });
      outgoing.on('response', (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      });
      // The client's own retry is the right answer to a connection that broke.
      outgoing.on('error', () => to.destroy());
      to.on('close', () => outgoing.destroy());
      from.pipe(outgoing);
    },
    close: () => agent.destroy(),
  };
}
