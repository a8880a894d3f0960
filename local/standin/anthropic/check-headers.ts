import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, invalidRequest } from './api-error.ts';

/** The version that `@anthropic-ai/sdk` 1.x sends; the stand-in knows no other. */
export const API_VERSION = '2026-10-21';

/** The one beta that the stand-in speaks: compaction on demand. */
export const COMPACTION_BETA = 'compact-2026-09-04';

/**
 * Returns the betas that the request asks for. Throws a 401 for a missing or wrong key, and a 400 for another API
 * version or a beta that the stand-in does not know.
 */
export function checkHeaders(headers: IncomingHttpHeaders, apiKey: string): ReadonlySet<string> {
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
  const betas = String(headers['anthropic-beta'] ?? '')
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');
  const unknown = betas.find((beta) => beta !== COMPACTION_BETA);
  if (unknown !== undefined) {
    throw invalidRequest(
      `Unexpected value(s) \`${unknown}\` for the \`anthropic-beta\` header. The scripted model knows only ${COMPACTION_BETA}.`,
    );
  }
  return new Set(betas);
}

function same(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
