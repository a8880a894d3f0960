import { playedIn } from './defence.ts';

export const pagesDefences = playedIn({ entry: 'pages' }, [
  {
    name: 'own_host',
    what: 'pages answer to any host name',
    edits: [
      {
        file: 'app/web/guard/own-address.ts',
        find: 'return loopback.test(given) ? { origin: `http://${given}`, secure: false } : undefined;',
        replace:
          'return loopback.test(given) || given ? { origin: `http://${given}`, secure: false } : undefined;',
      },
    ],
    guard: 'pages/host-other',
  },
  {
    name: 'same_origin',
    what: 'other sites act with the session of a person',
    edits: [
      {
        file: 'app/web/guard/same-origin.ts',
        find: "return origin === undefined ? header('sec-fetch-site') === 'same-origin' : origin === ownOrigin;",
        replace: 'return origin !== ownOrigin || true;',
      },
    ],
    guard: 'pages/api-origin-other',
  },
  {
    name: 'content_policy',
    what: 'a page may load and run anything',
    edits: [
      {
        file: 'app/web/pages/frame/page-response.ts',
        find: `"default-src 'none'",`,
        replace: '"default-src *",',
      },
    ],
    guard: 'pages/script-in-turn',
  },
  {
    name: 'no_sniffing',
    what: 'a browser guesses what a document is',
    edits: [
      {
        file: 'app/web/web.ts',
        find: "  context.header('x-content-type-options', 'nosniff');\n",
        replace: '',
      },
    ],
    guard: 'pages/script-in-turn',
  },
  {
    name: 'no_frames',
    what: 'pages are framed by other sites',
    edits: [
      {
        file: 'app/web/pages/frame/page-response.ts',
        find: `    "frame-ancestors 'none'",\n`,
        replace: '',
      },
    ],
    guard: 'pages/script-in-turn',
  },
  {
    name: 'cookies_without_scripts',
    what: 'scripts read who is signed in',
    edits: [
      {
        file: 'app/web/session/cookies.ts',
        find: 'httpOnly: true,',
        replace: 'httpOnly: false,',
      },
    ],
    guard: 'pages/redirect-absolute',
  },
  {
    name: 'cookies_of_this_site',
    what: 'other sites call with the session of a person',
    edits: [
      {
        file: 'app/web/session/cookies.ts',
        find: "sameSite: 'Lax',",
        replace: "sameSite: 'None',",
      },
    ],
    guard: 'pages/redirect-absolute',
  },
  {
    name: 'form_tokens',
    what: 'a form is taken with any token',
    edits: [
      {
        file: 'app/web/pages/frame/form-tokens.ts',
        find: 'return expected.length === given.length && timingSafeEqual(expected, given);',
        replace: 'return expected.length === given.length || timingSafeEqual(expected, given);',
      },
    ],
    guard: 'pages/form-other-token',
  },
  {
    name: 'sessions_end',
    what: 'a session goes on after somebody has signed out',
    edits: [
      {
        file: 'app/web/session/sign-in-routes.ts',
        find: 'if (id !== undefined) await sessions.end(id);',
        replace: 'void [id, sessions];',
      },
    ],
    guard: 'pages/session-ended',
  },
]);
