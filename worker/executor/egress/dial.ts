import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client may wait long for the last address, and not for one after which there is another. */
const TRY_MS = 2_000;
const LAST_MS = 30_000;

/** After so long without a byte nobody is there any more. */
const IDLE_MS = 300_000;

type Options = Readonly<{ port: number; signal: AbortSignal; tryMs?: number | undefined }>;

/**
 * Connects to the first of the addresses that answers, in their order. The socket is closed with the signal, and after
 * five minutes without a byte. Rejects with the last address's failure, and with the signal's reason.
 */
export async function dial(
  addresses: readonly string[],
  { port, signal, tryMs = TRY_MS }: Options,
): Promise<Socket> {
  const [host, ...others] = addresses;
  signal.throwIfAborted();
  if (others.length === 0) return connected({ host, port, signal }, LAST_MS);
  try {
    return await connected({ host, port, signal }, tryMs);
  } catch {
    // Many hosts have an address of IPv6 that cannot be reached from here.
    return dial(others, { port, signal, tryMs });
  }
}

type To = Readonly<{ host: string | undefined; port: number; signal: AbortSignal }>;

async function connected({ host, port, signal }: To, ms: number): Promise<Socket> {
  if (host === undefined) throw new Error('There is no address');
  const socket = connect({ host, port, signal });
  // Whoever uses it learns of its end by `close`.
  socket.on('error', () => socket.destroy());
  socket.setTimeout(ms, () => socket.destroy(new Error('Nobody answers')));
  await once(socket, 'connect');
  socket.setTimeout(IDLE_MS);
  return socket;
}
