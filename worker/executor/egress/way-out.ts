import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** Where the way out is seen in the sandbox, and where programs find it on the sandbox's own loopback. */
export const EGRESS_SOCKET = '/run/egress';
const PORT = 3128;

/** In the sandbox: hands connections on to the proxy outside, because programs know proxies by host and port only. */
export async function openWayOut(): Promise<void> {
  const server = createServer((client) => {
    const proxy = connect(EGRESS_SOCKET);
    client.on('error', () => proxy.destroy());
    proxy.on('error', () => client.destroy());
    client.once('close', () => proxy.destroy());
    proxy.once('close', () => client.destroy());
    client.pipe(proxy);
    proxy.pipe(client);
  });
  server.listen(PORT, '127.0.0.1');
  await once(server, 'listening');
}

/** What tells programs of the proxy: package managers, curl, git, Node's fetch, and programs in Java. */
export function proxyEnv(): Readonly<Record<string, string>> {
  const url = `http://127.0.0.1:${PORT}`;
  const own = 'localhost,127.0.0.1,::1';
  const java = ['http', 'https'].map(
    (name) => `-D${name}.proxyHost=127.0.0.1 -D${name}.proxyPort=${PORT}`,
  );
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  return {
    ...Object.fromEntries(names.map((name) => [name, url])),
    NO_PROXY: own,
    no_proxy: own,
    NODE_USE_ENV_PROXY: '1',
    YARN_HTTP_PROXY: url,
    YARN_HTTPS_PROXY: url,
    JAVA_TOOL_OPTIONS: java.join(' '),
    MAVEN_OPTS:
      '-Daether.transport.http.useSystemProperties=true -Daether.connector.http.useSystemProperties=true',
  };
}

/**
 * The same where there is no loopback of the sandbox's own: programs of Node (npm, pnpm, yarn among them) are handed on
 * to the proxy's socket when they connect to it by host and port. No other program knows a proxy on such a socket.
 * Commands could leave it out: then they have no network.
 */
export function nodeProxyEnv(socket: string): Readonly<Record<string, string>> {
  const module = join(dirname(socket), HAND_OVER);
  // Node takes --require in every version; a path with a space needs the quotes (nodejs.org/api/cli.html).
  return { ...proxyEnv(), NODE_OPTIONS: `--require ${JSON.stringify(module)}` };
}

/**
 * The module that hands programs of Node on, beside the proxy's socket. A repository may want an old Node, so that it
 * is plain CommonJS.
 */
export const HAND_OVER = 'hand-over.cjs';
