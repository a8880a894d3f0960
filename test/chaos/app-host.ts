import { createServer, type IncomingMessage } from 'node:http';
import { handler as broker } from '../../app/lambda/broker.ts';
import { handler as bury } from '../../app/lambda/bury.ts';
import { handler as dispatch } from '../../app/lambda/dispatch.ts';
import { handler as ingest } from '../../app/lambda/ingest.ts';
import { handler as receive } from '../../app/lambda/receive.ts';
import { handler as settle } from '../../app/lambda/settle.ts';
import { handler as sweep } from '../../app/lambda/sweep.ts';

/*
 * The App as a process: the handlers of its functions behind one door, called with the events that AWS would send.
 * It ends with its standard input, so that it never outlives whoever started it.
 */

const handlers: Readonly<Record<string, (event: never) => Promise<unknown>>> = {
  receive,
  ingest,
  dispatch,
  bury,
  settle,
  sweep,
  broker,
};

const server = createServer((request, response) => {
  const answer = (status: number, body: unknown) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? null));
  invoke(request).then(
    (result) => answer(200, result),
    (error: unknown) =>
      answer(500, { error: error instanceof Error ? (error.stack ?? error.message) : 'unknown' }),
  );
});

async function invoke(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const handler = handlers[(request.url ?? '').slice(1)];
  if (!handler) throw new Error('No such function');
  return handler(JSON.parse(Buffer.concat(chunks).toString('utf8')) as never);
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`{"port":${port}}\n`);
});
process.stdin.resume();
process.stdin.on('close', () => process.exit(0));
process.stdin.on('end', () => process.exit(0));
