import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { dial } from '../../../../worker/executor/egress/dial.ts';
import type { Resolve } from '../../../../worker/executor/egress/public-address.ts';
import { startEgress } from '../../../../worker/executor/egress/start-egress.ts';

/** A server that answers whatever it is sent with these bytes, and where it listens. */
async function origin(bytes: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(bytes));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function proxy(resolve: Resolve = async () => ['127.0.0.1']): Promise<string> {
  const egress = await startEgress({ resolve });
  onTestFinished(egress.close);
  return egress.socket;
}

/** What a client hears through the proxy: the status and the body, or that it was cut off. */
async function heard(socketPath: string, port: number): Promise<string> {
  const asked = request({ socketPath, path: `http://registry.test:${port}/a`, agent: false });
  try {
    const answered = once(asked.end(), 'response');
    const [answer] = await answered;
    return `${answer.statusCode} ${await text(answer)}`;
  } catch {
    return 'cut off';
  }
}

test.each([
  ['a whole answer', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', '200 hi'],
  ['a status that is none', 'HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n', '502 '],
  ['a body that is cut', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi', 'cut off'],
  ['a change of protocols', 'HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', '502 '],
  ['no answer', '', '502 '],
  ['something else than HTTP', 'hello\r\n\r\n', '502 '],
])('lives with %s from a host, in both of its ways', async (_, bytes, expected) => {
  const [socket, port] = [await proxy(), await origin(bytes)];
  expect(await heard(socket, port)).toBe(expected);
  const tunnel = connect(socket);
  tunnel.write(`CONNECT registry.test:${port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
  expect(await text(tunnel)).toBe(`HTTP/1.1 200 Connection established\r\n\r\n${bytes}`);
});

test('tries the addresses of a host one after the other, and asks for them once', async () => {
  const port = await origin('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
  let questions = 0;
  const socket = await proxy(async () => {
    questions += 1;
    return ['::1', '127.0.0.2', '127.0.0.1'];
  });
  expect(await heard(socket, port)).toBe('200 hi');
  expect(questions).toBe(1);
});

test('does not wait long for an address after which there is another', async () => {
  const port = await origin('');
  const { signal } = new AbortController();
  // Nothing leads to an address that is kept for documentation.
  const far = await dial(['192.0.2.1', '127.0.0.1'], { port, signal, tryMs: 50 });
  expect(far.remoteAddress).toBe('127.0.0.1');
  far.destroy();
  await expect(dial([], { port, signal })).rejects.toThrow('no address');
  await expect(dial(['127.0.0.1'], { port, signal: AbortSignal.abort() })).rejects.toThrow();
});

test('has at most 256 clients at a time, so that it leaves descriptors to its process', async () => {
  const path = await proxy();
  const clients: Socket[] = [];
  let dropped = 0;
  onTestFinished(() => clients.forEach((client) => client.destroy()));
  for (let count = 0; count < 260; count += 1) {
    const client = connect(path);
    client.once('close', () => (dropped += 1)).resume();
    clients.push(client);
    await once(client, 'connect');
  }
  await expect.poll(() => dropped).toBe(4);
});
