import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { TransientError } from '../../../core/errors.ts';
import { Actor } from '../../../core/request.ts';

/**
 * GitHub as the one who says who somebody is.
 *
 * Contract: `identify` uses the code up, asks for the account once and ends the token that it got for that. It returns
 * undefined for a code that GitHub does not take, and throws TransientError when GitHub does not answer.
 */
export type GithubIdentity = Readonly<{
  /** The page that the browser is sent to. */
  address: (asked: Readonly<{ state: string; verifier: string; callback: string }>) => string;
  identify: (
    given: Readonly<{ code: string; verifier: string; callback: string }>,
  ) => Promise<Actor | undefined>;
}>;

type Options = Readonly<{
  clientId: string;
  clientSecret: string;
  serverUrl: string;
  apiUrl: string;
  log: Logger;
}>;

const timeoutMs = 10_000;

const Exchanged = z.object({ access_token: z.string() });

/** Binds the flow to an App. Source: GitHub docs, "Generating a user access token for a GitHub App". */
export function createGithubIdentity(options: Options): GithubIdentity {
  const { clientId, serverUrl } = options;
  return {
    address: ({ state, verifier, callback }) => {
      const url = new URL(`${serverUrl}/login/oauth/authorize`);
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: callback,
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        // Nobody needs an account for this alone.
        allow_signup: 'false',
      }).toString();
      return url.href;
    },
    identify: async (given) => {
      const token = await exchange(options, given);
      if (token === undefined) return undefined;
      try {
        return await whoHas(options, token);
      } finally {
        await revoke(options, token);
      }
    },
  };
}

async function exchange(
  { clientId, clientSecret, serverUrl }: Options,
  { code, verifier, callback }: Readonly<{ code: string; verifier: string; callback: string }>,
): Promise<string | undefined> {
  const answer = await ask(`${serverUrl}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      code,
      redirect_uri: callback,
      code_verifier: verifier,
    }),
  });
  // GitHub answers 200 with `error` for a code that it does not take.
  return Exchanged.safeParse(await answer.json().catch(() => undefined)).data?.access_token;
}

async function whoHas({ apiUrl }: Options, token: string): Promise<Actor> {
  const answer = await ask(`${apiUrl}/user`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
  });
  return Actor.parse(await answer.json());
}

/** The token dies by itself within hours; that it could not be ended now keeps nobody out. */
async function revoke(options: Options, token: string): Promise<void> {
  const { apiUrl, clientId, clientSecret, log } = options;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  try {
    await ask(`${apiUrl}/applications/${encodeURIComponent(clientId)}/token`, {
      method: 'DELETE',
      headers: {
        authorization: `Basic ${basic}`,
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ access_token: token }),
    });
  } catch (error) {
    log.warn({ err: error }, 'A token of a sign-in could not be ended');
  }
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('user-agent', 'cody-batch');
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, { ...init, headers, signal, redirect: 'error' }).catch(
    (error: unknown) => {
      throw unavailable(error);
    },
  );
  if (!answer.ok) throw unavailable(new Error(`GitHub answered ${answer.status}`));
  return answer;
}

function unavailable(cause: unknown): TransientError {
  return new TransientError('github_unavailable', 'GitHub did not answer the sign-in.', { cause });
}
