import { createServer, type ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { createSendWebhook } from '../../app/send-webhook.ts';

/** A queue that answers each call as it is told, and what it was sent. */
async function queue(answers: readonly ((response: ServerResponse) => void)[]) {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = answers[asked.length];
      asked.push({
        target: request.headers['x-amz-target'],
        length: Number(request.headers['content-length']),
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      answer?.(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const send = createSendWebhook({
    queueUrl: 'https://sqs.example/ingest',
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${address.port}`,
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    timeoutMs: 200,
  });
  return { asked, server, send };
}

const takes = (response: ServerResponse) => void response.end('{}');
const fails = (response: ServerResponse) => void response.writeHead(500).end('{}');
const drops = (response: ServerResponse) => void response.destroy();
const hangs = () => undefined;
const message = {
  body: 'ZG9uJ3Q=',
  attributes: { 'github-event': 'ping', 'github-delivery': 'größer' },
};

it('sends the message with its attributes and the length in bytes', async () => {
  const { asked, send } = await queue([takes]);
  await send(message);
  const body = {
    QueueUrl: 'https://sqs.example/ingest',
    MessageBody: 'ZG9uJ3Q=',
    MessageAttributes: {
      'github-event': { DataType: 'String', StringValue: 'ping' },
      'github-delivery': { DataType: 'String', StringValue: 'größer' },
    },
  };
  const length = Buffer.byteLength(JSON.stringify(body));
  expect(asked).toEqual([{ target: 'AmazonSQS.SendMessage', length, body }]);
});

it.each([
  ['refuses', fails],
  ['drops the connection', drops],
  ['does not answer in time', hangs],
] as const)('tries once more when the queue %s, and then says so', async (_, answer) => {
  const once = await queue([answer, takes]);
  await once.send(message);
  expect(once.asked).toHaveLength(2);
  const twice = await queue([answer, answer]);
  await expect(twice.send(message)).rejects.toThrow('SQS did not take the message');
});

it('sends over another connection when the one before was closed meanwhile', async () => {
  const { asked, server, send } = await queue([takes, takes]);
  await send(message);
  server.closeIdleConnections();
  await send(message);
  expect(asked).toHaveLength(2);
});
