import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { AppManifest } from '../app-manifest.ts';
import type { CreatedApp } from './app-file.ts';
import { appRegistration, callbackPath } from './app-registration.ts';
import { attemptMs, type Attempts, createAttempts } from './attempts.ts';
import type { Conversion } from './convert-code.ts';
import { contentSecurityPolicy, type Html } from './page-frame.ts';
import { createdPage, offerPage, type Problem, problemPage } from './setup-pages.ts';
import { webhookAddress } from './webhook-address.ts';

type Options = Readonly<{
  manifest: AppManifest;
  serverUrl: string;
  publicUrl: string | undefined;
  webhookUrl?: string | undefined;
  appFile: string;
  hasModelKey: boolean;
  /** The port that this site is served on, once it is. */
  port: () => number;
  convert: (code: string) => Promise<Conversion>;
  /** Keeps the credentials. A rejection is shown to the person. */
  keep: (app: CreatedApp) => Promise<void>;
  /** Called once, after the last page has left. */
  finish: (app: CreatedApp) => void;
  now?: () => number;
}>;

type Bound = { Bindings: HttpBindings };

const cookieName = 'cody_setup';

const statuses = {
  unknown_state: 400,
  used_state: 409,
  refused: 400,
  unreachable: 502,
  malformed: 502,
  not_kept: 500,
  finished: 410,
} as const satisfies Record<Problem, number>;

/**
 * The pages that create the GitHub App. Only requests that name this machine as their host are served, so that no
 * other site can reach them by a name of its own (DNS rebinding), and they only ever read: what changes something is
 * GitHub's answer, which has to bring a state that this browser was given.
 */
export function createSetupSite(options: Options): Hono<Bound> {
  const attempts = createAttempts({ now: options.now ?? Date.now });
  const progress = { finished: false };
  const site = new Hono<Bound>();
  site.use(async (context, next) => {
    await next();
    guard(context, options.serverUrl);
  });
  site.use(async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (!ownHosts(options.port()).includes(host)) {
      return context.text('Open this page by the address that the terminal shows.', 421);
    }
    if (context.req.method !== 'GET') return context.text('This page is only read.', 405);
    return next();
  });
  site.get('/', (context) => {
    const { state, browser } = attempts.begin(getCookie(context, cookieName));
    setCookie(context, cookieName, browser, {
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      maxAge: attemptMs / 1000,
    });
    return context.html(offer(options, `http://${context.req.header('host')}`, state));
  });
  site.get(callbackPath, (context) => comeBack({ ...options, attempts, progress }, context));
  site.notFound((context) => context.text('There is nothing here. The page is at /', 404));
  return site;
}

type Way = Options & Readonly<{ attempts: Attempts; progress: { finished: boolean } }>;

/** A browser that comes back from GitHub with a code. */
async function comeBack(way: Way, context: Context<Bound>) {
  if (way.progress.finished) return problem(context, way, 'finished');
  // A picture or a script of another page can ask for this address; a person comes by following GitHub.
  if (!isNavigation(context)) return context.text('Open this page in a tab.', 400);
  const taken = way.attempts.take({
    state: context.req.query('state') ?? '',
    browser: getCookie(context, cookieName) ?? '',
  });
  if (taken.type !== 'open') return problem(context, way, `${taken.type}_state`);
  const conversion = await way.convert(context.req.query('code') ?? '');
  if (conversion.type !== 'created') {
    if (conversion.type === 'unreachable') taken.giveBack();
    return problem(context, way, conversion.type);
  }
  const { app } = conversion;
  try {
    await way.keep(app);
  } catch {
    // Told to the person, who can see the data directory.
    return problem(context, way, 'not_kept');
  }
  way.progress.finished = true;
  const { outgoing } = context.env;
  // The sockets go when the site is closed: not before the page is out. A tab that was closed meanwhile gets none.
  if (outgoing.closed || outgoing.destroyed) way.finish(app);
  else outgoing.once('close', () => way.finish(app));
  const { appFile, hasModelKey, webhookUrl } = way;
  const here = hasModelKey ? 'starting' : 'key';
  const next = webhookUrl === undefined ? here : 'elsewhere';
  return context.html(createdPage({ app, appFile, next }), 200, { connection: 'close' });
}

function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

function offer(options: Options, setupUrl: string, state: string): Html {
  const { manifest, serverUrl, publicUrl, webhookUrl, appFile } = options;
  return offerPage({
    registration: appRegistration(manifest, { serverUrl, publicUrl, webhookUrl, setupUrl }),
    serverUrl,
    state,
    appFile,
    webhook: webhookAddress({ publicUrl, serverUrl, webhookUrl }).type,
  });
}

function problem(context: Context, { serverUrl }: Options, which: Problem) {
  return context.html(problemPage(which, `${serverUrl}/settings/apps`), statuses[which]);
}

/** Browsers say what they load an address for; a client that says nothing is no browser. */
function isNavigation(context: Context): boolean {
  return (context.req.header('sec-fetch-dest') ?? 'document') === 'document';
}

function guard(context: Context, serverUrl: string): void {
  context.header('content-security-policy', contentSecurityPolicy(serverUrl));
  // GitHub is told which site the form came from, and nothing of its path.
  context.header('referrer-policy', 'strict-origin');
  context.header('x-content-type-options', 'nosniff');
  context.header('cross-origin-opener-policy', 'same-origin');
  context.header('cross-origin-resource-policy', 'same-origin');
  context.header('cache-control', 'no-store');
}
