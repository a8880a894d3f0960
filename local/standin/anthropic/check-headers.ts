import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, invalidRequest } from './api-error.ts';

/** The version that `@anthropic-ai/sdk` 1.x sends; the stand-in knows no other. */
export const API_VERSION = '2026-10-21';

/** Throws a 401 for a missing or wrong key, and a 400 for another API version or any beta header. */
export function checkHeaders(headers: IncomingHttpHeaders, apiKey: string): void {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  const given = bearer ?? headers['x-api-key'];
  if (typeof given !== 'string' || !same(given, apiKey)) {
    throw new ApiError(401, 'invalid authentication credentials');
  }
  const version = headers['anthropic-version'];
  if (version !== API_VERSION) {
    throw invalidRequest(
      `anthropic-version: "${String(version)}" is not a valid version. Use ${API_VERSION}.`,
    );
  }
  const beta = headers['anthropic-beta'];
  if (beta !== undefined && beta.length > 0) {
    throw invalidRequest(
      `Unexpected value(s) \`${String(beta)}\` for the \`anthropic-beta\` header. The scripted model has no beta features.`,
    );
  }
}

function same(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
