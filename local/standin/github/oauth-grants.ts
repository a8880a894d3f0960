import { createHash, randomBytes } from 'node:crypto';

import type { Hub } from './hub.ts';
import type { Account, AppRecord } from './world.ts';

/** What the browser was sent with: where it goes back to, and the public half of PKCE. */
export type Authorization = Readonly<{
  app: AppRecord;
  redirectUri: string;
  challenge: string;
  state: string;
}>;

/** What a server shows for a code. */
export type Exchange = Readonly<{
  clientId: string;
  clientSecret: string;
  code: string;
  redirectUri: string;
  verifier: string;
}>;

/** GitHub's names for what is wrong with an exchange. */
export type ExchangeProblem =
  'incorrect_client_credentials' | 'redirect_uri_mismatch' | 'bad_verification_code';

/** Codes that people agreed to, and the tokens that were made of them. */
export type OauthGrants = Readonly<{
  /** Remembers that a person agreed and returns the code that stands for it. */
  agree: (authorization: Authorization, person: Account) => string;
  /** A code is good once, within ten minutes, for the App, the address and the verifier that it was made for. */
  exchange: (
    exchange: Exchange,
  ) => Readonly<{ token: string }> | Readonly<{ problem: ExchangeProblem }>;
  /** Ends a token that was made for the App. False for any other text. */
  revoke: (app: AppRecord, token: string) => boolean;
}>;

const CODE_MS = 10 * 60_000;

type Agreed = Authorization & Readonly<{ person: Account; at: number }>;

/** Creates an empty set of grants. Source: GitHub docs, "Generating a user access token for a GitHub App". */
export function createOauthGrants({ world, tokens }: Hub): OauthGrants {
  const codes = new Map<string, Agreed>();
  const appOfToken = new Map<string, number>();
  return {
    agree: (authorization, person) => {
      const code = randomBytes(10).toString('hex');
      codes.set(code, { ...authorization, person, at: world.now() });
      return code;
    },
    exchange: ({ clientId, clientSecret, code, redirectUri, verifier }) => {
      const app = world.apps.values().find((one) => one.clientId === clientId);
      if (!app || app.clientSecret !== clientSecret)
        return { problem: 'incorrect_client_credentials' };
      const agreed = codes.get(code);
      codes.delete(code);
      const old = agreed !== undefined && world.now() - agreed.at > CODE_MS;
      if (!agreed || old || agreed.app.id !== app.id) return { problem: 'bad_verification_code' };
      if (agreed.redirectUri !== redirectUri) return { problem: 'redirect_uri_mismatch' };
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      if (challenge !== agreed.challenge) return { problem: 'bad_verification_code' };
      const token = tokens.mintUserOfApp(agreed.person.id);
      appOfToken.set(token, app.id);
      return { token };
    },
    revoke: (app, token) => {
      if (appOfToken.get(token) !== app.id) return false;
      appOfToken.delete(token);
      tokens.revoke(token);
      return true;
    },
  };
}
