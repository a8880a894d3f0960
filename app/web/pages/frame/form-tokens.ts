import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * What the forms of a session hold, so that only our own pages can send them: a page elsewhere does not know it.
 *
 * Contract: a token is good for the session it was made for, as long as that lasts, and for no other one.
 */
export type FormTokens = Readonly<{
  of: (session: string) => string;
  isGood: (session: string, token: string) => boolean;
}>;

/** Creates the tokens. The key is derived from a secret that all processes of the server share. */
export function createFormTokens(secret: string): FormTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'forms of pages', 32));
  const of = (session: string) => createHmac('sha256', key).update(session).digest('base64url');
  return {
    of,
    isGood: (session, token) => {
      const [expected, given] = [Buffer.from(of(session)), Buffer.from(token)];
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
