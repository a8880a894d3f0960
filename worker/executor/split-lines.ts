import type { Readable } from 'node:stream';

/**
 * Calls `onLine` for each line of a stream, without its line end. A line over `maxBytes` is reported as undefined
 * once, and nothing after it.
 */
export function splitLines(
  stream: Readable | null,
  maxBytes: number,
  onLine: (line: string | undefined) => void,
): void {
  let parts: Buffer[] = [];
  let size = 0;
  let broken = false;
  stream?.on('data', (chunk: Buffer) => {
    let start = 0;
    while (start < chunk.length && !broken) {
      const end = chunk.indexOf(10, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      parts.push(part);
      size += part.length;
      start = end === -1 ? chunk.length : end + 1;
      broken = size > maxBytes;
      if (broken) onLine(undefined);
      else if (end !== -1) {
        const line = Buffer.concat(parts).toString('utf8');
        parts = [];
        size = 0;
        onLine(line);
      }
    }
  });
  stream?.on('error', () => undefined);
}
