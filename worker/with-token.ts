import type { Logger } from 'pino';
import type { TokenWant } from '../core/broker-protocol.ts';
import { createGithub } from '../core/github/octokit.ts';
import type { Redactor } from '../core/redact.ts';
import type { BrokerClient, BrokerToken } from './broker-client.ts';

/** What a token is asked for with. */
export type TokenDeps = Readonly<{
  broker: Pick<BrokerClient, 'token'>;
  redactor: Pick<Redactor, 'register' | 'redact'>;
  config: Readonly<{ githubApiUrl: string }>;
  log: Pick<Logger, 'warn'>;
}>;

/** What a token is for, and what ends the waiting for it with its reason. */
export type Wanted = Readonly<{ want: TokenWant; signal: AbortSignal }>;

/** Runs work with a token of one phase and revokes the token afterwards, whatever happened. */
export async function withToken<T>(
  deps: TokenDeps,
  { want, signal }: Wanted,
  work: (token: BrokerToken) => Promise<T>,
): Promise<T> {
  const token = await deps.broker.token(want, signal);
  deps.redactor.register(token.token);
  try {
    return await work(token);
  } finally {
    await revoke(deps, token.token, signal.aborted ? hurriedMs : revokeMs);
  }
}

/** How long a revocation may take (ms), also when somebody waits for the end. */
const revokeMs = 5_000;
const hurriedMs = 500;

async function revoke(
  { config, log, redactor }: TokenDeps,
  token: string,
  ms: number,
): Promise<void> {
  try {
    await createGithub({
      baseUrl: config.githubApiUrl,
      token,
      log: octokitLog,
      redact: redactor.redact,
      pacing: 0,
      timeoutMs: ms,
    }).rest.apps.revokeInstallationAccessToken();
  } catch (error) {
    // It dies by itself within the hour; a job does not fail for that.
    log.warn({ err: error }, 'a token could not be revoked');
  }
}

const silent = () => undefined;
/** Octokit's own lines tell nothing that our errors do not. */
export const octokitLog = { debug: silent, info: silent, warn: silent, error: silent };
