import { verify } from 'node:crypto';

import { z } from 'zod';

import { GithubError } from './github-error.ts';
import type { AppRecord, World } from './world.ts';

const Claims = z.object({
  iss: z.union([z.string(), z.number()]),
  iat: z.number(),
  exp: z.number(),
});
const Header = z.object({ alg: z.literal('RS256') });

/** Seconds by which clocks may differ. */
const DRIFT = 60;

/** Whether a bearer credential has the form of a JSON web token rather than of an installation token. */
export function looksLikeJwt(token: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(token);
}

/**
 * The App whose key signed the token. Throws GithubError 401 with GitHub's words: RS256 only, `iss` is the App's id or
 * client id, `exp` at most ten minutes ahead, `iat` not in the future.
 */
export function verifyAppJwt(world: World, token: string): AppRecord {
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = Header.safeParse(decode(head));
  const claims = Claims.safeParse(decode(body));
  if (!header.success || !claims.success) throw undecodable();
  const { iss, iat, exp } = claims.data;
  const app = world.apps
    .values()
    .find((candidate) => String(candidate.id) === String(iss) || candidate.clientId === iss);
  if (!app) throw new GithubError(404, 'Integration not found');
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url'))) {
    throw undecodable();
  }
  const now = world.now() / 1_000;
  if (exp > now + 600 + DRIFT) {
    throw new GithubError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (exp <= now) {
    throw new GithubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (iat > now + DRIFT) {
    throw new GithubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  return app;
}

function undecodable(): GithubError {
  return new GithubError(401, 'A JSON web token could not be decoded');
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    // Not JSON: the schemas refuse undefined.
    return undefined;
  }
}
