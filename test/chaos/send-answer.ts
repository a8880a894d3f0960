import type { ServerResponse } from 'node:http';
import type { Answer } from './call.ts';

/** Sends a whole answer. One that promises more bytes than it has ends with a connection that breaks. */
export async function sendAnswer(response: ServerResponse, answer: Answer): Promise<void> {
  if (response.destroyed) return;
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers } as Record<string, string>);
  const bare = response.req.method === 'HEAD' || status === 204 || status === 304;
  const promised = bare ? 0 : Number(headers['content-length'] ?? body.length);
  if (promised <= body.length) {
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.end(body, resolve);
    });
    return;
  }
  // What was written has to leave this process first, or the cut would swallow it.
  await new Promise<void>((resolve) => {
    response.flushHeaders();
    response.write(body, () => setTimeout(resolve, 20));
  });
  response.socket?.destroy();
}
