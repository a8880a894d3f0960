import type { IncomingMessage } from 'node:http';
import { ApiError, invalidRequest } from './api-error.ts';

const MAX_BYTES = 32 * 1024 * 1024;

/** Returns the parsed JSON body. Throws a 413 above 32 MB, after the rest was read, and a 400 for anything but JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size <= MAX_BYTES) chunks.push(bytes);
  }
  if (size > MAX_BYTES) throw new ApiError(413, 'Request exceeds the maximum size');
  if (request.headers['content-encoding'] !== undefined) {
    throw invalidRequest('The scripted model reads uncompressed bodies only.');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw invalidRequest('The request body is not valid JSON.');
  }
}
