import { connect as open } from 'node:net';

const CONNECT_MS = 1_500;

/** Connects by TCP and returns `connected`, an error code such as ENETUNREACH, or `no answer` after 1.5 s. */
export function connect(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = open({ host, port });
    const finish = (answer: string) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(CONNECT_MS, () => finish('no answer'));
    socket.once('connect', () => finish('connected'));
    socket.once('error', (error) => finish(codeOf(error)));
  });
}

/** The error's code, or its name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
