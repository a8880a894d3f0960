import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Answer, CallRequest } from './call.ts';

/** The whole body of a message. Rejects when the sender goes away first. */
export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Sends a request to the server at `upstream` and returns its whole answer. Rejects when there is none. */
export function forwardTo(agent: Agent, upstream: string, request: CallRequest): Promise<Answer> {
  const { hostname, port, host } = new URL(upstream);
  return new Promise((resolve, reject) => {
    const headers: CallRequest['headers'] = { ...request.headers, host };
    delete headers['transfer-encoding'];
    delete headers.connection;
    delete headers.expect;
    if (request.method !== 'GET' || request.body.length > 0)
      headers['content-length'] = String(request.body.length);
    const { method, path } = request;
    const outgoing = httpRequest({ agent, hostname, port, method, path, headers }, (incoming) => {
      bodyOf(incoming).then(
        (body) =>
          resolve({ status: incoming.statusCode ?? 502, headers: sized(incoming, body), body }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

function sized(incoming: IncomingMessage, body: Buffer): Answer['headers'] {
  const kept = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined || ['transfer-encoding', 'connection', 'keep-alive'].includes(name)
      ? []
      : [[name, value] as const],
  );
  const bare = incoming.statusCode === 204 || incoming.statusCode === 304;
  return {
    ...Object.fromEntries(kept),
    ...(bare || incoming.headers['content-length'] !== undefined
      ? {}
      : { 'content-length': String(body.length) }),
  };
}
