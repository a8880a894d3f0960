import { Socket } from 'node:net';

type Host = Readonly<{
  /** Called when the host writes anything: it wants this process to come to its end. */
  onStop: () => void;
  /** Called when the host is gone, however that came. */
  onGone: () => void;
}>;

/**
 * Watches descriptor 3, whose other end the process has that started this one. Where there is no such pipe, as in a
 * container's first process, nobody watches over this one that way.
 */
export function watchHost({ onStop, onGone }: Host): void {
  try {
    const pipe = new Socket({ fd: 3, readable: true, writable: false });
    pipe.on('data', onStop);
    pipe.on('close', onGone);
    pipe.on('error', () => undefined);
    pipe.unref();
  } catch {
    // Descriptor 3 is not a pipe.
  }
}
