import { readFile } from 'node:fs/promises';

import { type Context, Hono, type Handler, type Next } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

import type { Buttons } from '../buttons.ts';
import { GithubError } from '../github-error.ts';
import type { Hub } from '../hub.ts';
import { accountByLogin } from '../world.ts';
import { errorPage } from './error-page.ts';
import { homePage } from './home-page.ts';
import { chosenPerson, loginPage } from './login-page.ts';
import { forms, views } from './page-routes.ts';
import { createReviewDrafts, type ReviewDrafts } from './review-drafts.ts';
import { isSameOrigin } from './same-origin.ts';
import { createSend, type Handle } from './send.ts';
import { inRepository, type Send, type View, type Visit } from './visit.ts';

type Parts = Readonly<{ hub: Hub; handle: Handle; buttons: Buttons }>;

const COOKIE = 'person';
const REPOSITORY = '/:owner/:repo';

/** First parts of a path that belong to the REST API or to other doors of GitHub: no owner's page has them. */
const OTHER_DOORS =
  /^\/(?:api|app|app-manifests|applications|apps|avatars|events|graphql|installation|login\/.+|markdown|meta|orgs|organizations|rate_limit|repos|repositories|search|settings|storage|teams|user|user-attachments|users|versions|zen)(?:\/|$)/;

/** Whether the path is one of a page, and not of the REST API. */
export function isPagePath(pathname: string): boolean {
  return !OTHER_DOORS.test(pathname);
}

/** What a person sees and does in a browser. Forms write through `handle`, the way of every REST request. */
export function createPages({ hub, handle, buttons }: Parts): Hono {
  const app = new Hono();
  const sendAs = createSend(hub, handle);
  const drafts = createReviewDrafts();
  const visitOf = (context: Context) => readVisit(context, { hub, sendAs, buttons, drafts });
  app.use(protect);
  app.get('/pages/style.css', asset('style.css', 'text/css'));
  app.get('/pages/refresh.js', asset('refresh.js', 'text/javascript'));
  app.get('/', async (context) => context.html(homePage(await visitOf(context))));
  app.get('/login', async (context) => context.html(loginPage(await visitOf(context))));
  app.post('/login', async (context) => {
    const { login, to } = chosenPerson(await visitOf(context));
    setCookie(context, COOKIE, login, { httpOnly: true, sameSite: 'Lax', path: '/' });
    return context.redirect(to, 303);
  });
  app.get('/:owner', async (context) => context.html(homePage(await visitOf(context))));
  for (const [path, view] of views) {
    app.get(`${REPOSITORY}${path}`, async (context) =>
      show(context, await view(inRepository(await visitOf(context)))),
    );
  }
  for (const [path, act] of forms) {
    app.post(`${REPOSITORY}${path}`, async (context) =>
      context.redirect(await act(inRepository(await visitOf(context))), 303),
    );
  }
  const refuse = async (context: Context, error: GithubError) => {
    context.status(statusOf(error));
    return context.html(errorPage(await visitOf(context), error));
  };
  app.notFound((context) => refuse(context, new GithubError(404, 'Not Found')));
  app.onError((error, context) => {
    if (error instanceof GithubError) return refuse(context, error);
    hub.violate(`defect: ${error.stack ?? error.message}`);
    return refuse(context, new GithubError(500, 'Server Error'));
  });
  return app;
}

type Around = Readonly<{
  hub: Hub;
  sendAs: ReturnType<typeof createSend>;
  buttons: Buttons;
  drafts: ReviewDrafts;
}>;

async function readVisit(context: Context, around: Around): Promise<Visit> {
  const { hub, sendAs, buttons, drafts } = around;
  const account = accountByLogin(hub.world, getCookie(context, COOKIE) ?? '');
  const actor = account?.type === 'User' ? account : undefined;
  const form = context.req.method === 'POST' ? await context.req.parseBody() : {};
  const send: Send = sendAs(actor);
  return {
    hub,
    actor,
    url: new URL(context.req.url),
    param: (name) => context.req.param(name) ?? '',
    field: (name) => {
      const value = form[name];
      return typeof value === 'string' ? value : '';
    },
    send,
    buttons,
    drafts,
  };
}

function show(context: Context, view: Awaited<View>): Response | Promise<Response> {
  if (!('type' in view)) return context.html(view);
  return view.type === 'moved' ? context.redirect(view.to) : context.text(view.text);
}

function statusOf({ status }: GithubError) {
  const known = [400, 401, 403, 404, 405, 409, 422, 429, 500, 502] as const;
  return known.find((one) => one === status) ?? 500;
}

/** Pages load nothing from elsewhere and run no script of their own; forms are taken from our pages only. */
async function protect(context: Context, next: Next): Promise<Response | undefined> {
  const { method, raw } = context.req;
  if (method !== 'GET' && method !== 'HEAD' && !isSameOrigin(raw.headers)) {
    return context.text('This form was not sent from a page of this server.', 403);
  }
  await next();
  context.header(
    'content-security-policy',
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  context.header('cache-control', 'no-store');
  context.header('x-content-type-options', 'nosniff');
  context.header('referrer-policy', 'same-origin');
  return undefined;
}

function asset(name: string, type: string): Handler {
  return async (context) => {
    const text = await readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8');
    return context.body(text, 200, { 'content-type': `${type}; charset=utf-8` });
  };
}
