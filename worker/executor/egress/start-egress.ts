import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { dial } from './dial.ts';
import { ClosedAddress, publicAddresses, type Resolve } from './public-address.ts';
import { HAND_OVER } from './way-out.ts';

/** The one way out of a sandbox during set-up: an HTTP proxy that listens on a socket in the file system. */
export type Egress = Readonly<{ socket: string; close: () => void }>;

/** Of a set-up's programs at one time: each takes two descriptors of this process. */
const CONNECTIONS = 256;

type Options = Readonly<{
  /** Hosts in private networks that it reaches all the same. */
  hosts?: readonly string[] | undefined;
  resolve?: Resolve | undefined;
  /** The user who may use it, where that is not this process's own. */
  uid?: number | undefined;
}>;

/**
 * Starts the proxy. It reaches addresses of the internet only, whatever a name resolves to: it answers 403 where it may
 * not, and 502 where nobody is.
 */
export async function startEgress({
  hosts = [],
  resolve = publicAddresses(hosts),
  uid,
}: Options = {}): Promise<Egress> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-egress-'));
  const socket = join(folder, 'socket');
  const open = new Set<Socket>();
  const server = createServer((asked, answer) => void forward(resolve, asked, answer));
  server.maxConnections = CONNECTIONS;
  server.on('connection', (one) => {
    open.add(one);
    one.once('close', () => open.delete(one));
  });
  server.on('connect', (asked, client, head) => void tunnel(resolve, asked, { client, head }));
  server.on('clientError', (_, client) => client.destroy());
  copyFileSync(join(import.meta.dirname, HAND_OVER), join(folder, HAND_OVER));
  server.listen(socket);
  await once(server, 'listening');
  if (uid !== undefined) give({ folder, socket, uid });
  server.unref();
  return {
    socket,
    close: () => {
      server.close();
      for (const one of open) one.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder stays ours: its user can pass it, and put nothing into it. */
function give({ folder, socket, uid }: Readonly<{ folder: string; socket: string; uid: number }>) {
  chmodSync(join(folder, HAND_OVER), 0o644);
  chownSync(socket, uid, uid);
  chmodSync(socket, 0o600);
  chownSync(folder, 0, uid);
  chmodSync(folder, 0o710);
}

/** `CONNECT host:port`: bytes both ways. */
async function tunnel(
  resolve: Resolve,
  { url = '' }: IncomingMessage,
  { client, head }: Readonly<{ client: Duplex; head: Buffer }>,
): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const { hostname, port } = new URL(`http://${url}`);
    const signal = closeOf(client);
    const far = await dial(await resolve(bare(hostname)), { port: Number(port) || 80, signal });
    // What has arrived is handed on before the end.
    far.once('close', (failed: boolean) =>
      failed ? client.destroy() : client.end(() => client.destroy()),
    );
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    far.write(head);
    far.pipe(client);
    client.pipe(far);
  } catch (error) {
    const status = statusOf(error);
    client.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`);
  }
}

/** `GET http://host/path`, for what is not encrypted. */
async function forward(
  resolve: Resolve,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(asked.url ?? '');
    if (url.protocol !== 'http:') throw new Error('Only http is forwarded');
    const signal = closeOf(answer);
    const addresses = await resolve(bare(url.hostname));
    const socket = await dial(addresses, { port: Number(url.port) || 80, signal });
    const far = request({
      createConnection: () => socket,
      path: `${url.pathname}${url.search}`,
      method: asked.method,
      headers: { ...asked.headers, host: url.host, connection: 'close' },
    });
    far.once('response', (reply) => handOn(reply, answer));
    far.once('upgrade', (_, upgraded) => upgraded.destroy());
    // A request that no response came to ends in one of these.
    far.on('error', () => refuse(answer, 502));
    far.once('close', () => void (answer.headersSent || refuse(answer, 502)));
    asked.pipe(far);
  } catch (error) {
    refuse(answer, statusOf(error));
  }
}

/** Whoever set-up asked is a stranger: a status or a header that is none must not end this process. */
function handOn(reply: IncomingMessage, answer: ServerResponse): void {
  try {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    // A body that was cut is no whole one: then both are destroyed.
    pipeline(reply, answer, () => undefined);
  } catch {
    reply.destroy();
    refuse(answer, 502);
  }
}

function refuse(answer: ServerResponse, status: 403 | 502): void {
  if (answer.headersSent) answer.destroy();
  else answer.writeHead(status).end();
}

/** Aborts when the client has gone. */
function closeOf(client: Duplex | ServerResponse): AbortSignal {
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  return gone.signal;
}

/** A proxy's own answers: not a host to reach, or no such host and nobody there. */
function statusOf(error: unknown): 403 | 502 {
  return error instanceof ClosedAddress ? 403 : 502;
}

/** Addresses of IPv6 stand in brackets in a URL. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
