import { request, type RequestOptions } from 'node:http';
import { connect as open } from 'node:net';

const CONNECT_MS = 1_500;

/** Connects and returns `connected`, an error code such as ENETUNREACH, or `no answer` after 1.5 s. */
export function connect(
  to: Readonly<{ host: string; port: number }> | Readonly<{ path: string }>,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = open(to);
    const finish = (answer: string) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(CONNECT_MS, () => finish('no answer'));
    socket.once('connect', () => finish('connected'));
    socket.once('error', (error) => finish(codeOf(error)));
  });
}

/**
 * Asks a proxy on a socket in the file system to lead to a host, in the two ways that programs ask. Returns both
 * statuses, an error code where the proxy is not there, or `no answer` where it tries for more than 1.5 s.
 */
export async function askProxy(socket: string, host: string): Promise<readonly string[]> {
  const ways = [
    { method: 'CONNECT', path: host },
    { method: 'GET', path: `http://${host}/` },
  ];
  return Promise.all(
    ways.map((way) => statusOf({ ...way, socketPath: socket, timeout: CONNECT_MS })),
  );
}

function statusOf(options: RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(options);
    const finish = (answer: string) => {
      resolve(answer);
      asked.destroy();
    };
    asked.once('connect', (answer) => finish(String(answer.statusCode)));
    asked.once('response', (answer) => finish(String(answer.statusCode)));
    asked.once('timeout', () => finish('no answer'));
    asked.once('error', (error) => finish(codeOf(error)));
    asked.end();
  });
}

/** The error's code, or its name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
