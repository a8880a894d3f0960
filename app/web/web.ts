import { type Context, Hono, type Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import type { MachineTokenStore } from '../../core/store/machine-tokens.ts';
import type { SessionStore } from '../../core/store/sessions.ts';
import type { SignInStore } from '../../core/store/sign-ins.ts';
import { createApi, openPaths } from './api/api.ts';
import type { ApiDeps } from './api/api-deps.ts';
import { keptHealth } from './api/kept-health.ts';
import { createReadJobs } from './api/read-jobs.ts';
import { createReadUsage } from './api/read-usage.ts';
import { createSeeThread } from './api/see-thread.ts';
import { ownAddress } from './guard/own-address.ts';
import { type Connections, createKeepLimits, type KeepLimits } from './guard/keep-limits.ts';
import { isSameOrigin } from './guard/same-origin.ts';
import { notFound, WebProblem } from './problem.ts';
import { problemOf, problemResponse } from './problem-answer.ts';
import { readAssets } from './pages/read-assets.ts';
import type { FormTokens } from './pages/frame/form-tokens.ts';
import { addPages, problemAnswer, wantsPage } from './pages/pages.ts';
import type { GithubIdentity } from './session/github-identity.ts';
import { identify } from './session/identify.ts';
import { addSignInRoutes } from './session/sign-in-routes.ts';
import type { WebEnv } from './web-env.ts';

/** What pages and API stand on. */
export type WebDeps = ApiDeps &
  Connections &
  Readonly<{
    sessions: SessionStore;
    signIns: SignInStore;
    machineTokens: MachineTokenStore;
    identity: GithubIdentity | undefined;
    publicUrl: string | undefined;
    formTokens: FormTokens;
    log: Logger;
  }>;

/** Larger than any prompt. */
const maxBodyBytes = 256 * 1024;

/** Creates everything that people and programs reach beside the webhook: sign-in, JSON API and pages. */
export function createWeb(deps: WebDeps): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const keepLimits = createKeepLimits(deps);
  app.use(protect);
  app.use(async (context, next) => {
    const address = ownAddress(deps.publicUrl, context.req.header('host'));
    if (!address)
      throw new WebProblem('other_host', 'This server is not reached by that host name.');
    context.set('address', address);
    await next();
  });
  app.use('/auth/*', async (context, next) => {
    keepLimits(context, undefined);
    await next();
  });
  app.use('/api/*', bodyLimit({ maxSize: maxBodyBytes, onError: refuseBody }));
  app.use('/api/*', async (context, next) => {
    await admit(deps, keepLimits, context);
    await next();
  });
  addSignInRoutes(app, deps);
  const parts = {
    ...deps,
    health: keptHealth(deps.health, deps.now),
    identify: (context: Context<WebEnv>) => identify(deps, context, context.get('address')),
    readJobs: createReadJobs({ jobs: deps.accept.jobs, now: deps.now }),
    seeThread: createSeeThread(deps),
    readUsage: createReadUsage(deps),
  };
  app.route('/api', createApi(parts));
  const assets = readAssets();
  addPages(app, { ...parts, assets, keepLimits });
  const answer = (problem: WebProblem, context: Context<WebEnv>) =>
    wantsPage(context)
      ? problemAnswer({ ...parts, assets }, context, problem)
      : problemResponse(problem);
  app.notFound((context) => answer(notFound(), context));
  app.onError((error, context) => answer(problemOf(error, deps.log), context));
  return app;
}

/** What says nothing else of itself loads nothing, is shown nowhere and is kept by nobody. */
async function protect(context: Context, next: Next): Promise<void> {
  await next();
  const { headers } = context.res;
  if (!headers.has('content-security-policy'))
    context.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  if (!headers.has('cache-control')) context.header('cache-control', 'no-store');
  context.header('x-content-type-options', 'nosniff');
  if (!headers.has('referrer-policy')) context.header('referrer-policy', 'no-referrer');
  context.header('cross-origin-resource-policy', 'same-origin');
}

/** Finds out who calls the API and whether the call may go on. Throws WebProblem. */
async function admit(
  deps: WebDeps,
  keepLimits: KeepLimits,
  context: Context<WebEnv>,
): Promise<void> {
  const { path, method } = context.req;
  if (openPaths.includes(path)) return keepLimits(context, undefined);
  const address = context.get('address');
  const viewer = await identify(deps, context, address);
  keepLimits(context, viewer);
  if (!viewer) {
    throw new WebProblem('unauthenticated', 'Sign in at /auth/login, or send a token.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const reads = method === 'GET' || method === 'HEAD';
  // A cookie is sent by the browser whoever asks it to; a token is not.
  if (viewer.via === 'session' && !reads) {
    if (!isSameOrigin((name) => context.req.header(name), address.origin))
      throw new WebProblem('other_origin', 'This call did not come from a page of this server.');
  }
  context.set('viewer', viewer);
}

function refuseBody(): never {
  throw new WebProblem('body_too_large', 'The body is larger than 256 KiB.');
}
