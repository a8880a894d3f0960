import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Viewer } from '../access/viewer.ts';
import { isSameOrigin } from '../guard/same-origin.ts';
import { WebProblem } from '../problem.ts';
import type { WebEnv } from '../web-env.ts';
import { boardPage } from './board/board-page.ts';
import { layout } from './frame/layout.ts';
import { pageResponse } from './frame/page-response.ts';
import { problemPage, signInPage } from './frame/problem-page.ts';
import { changesPage } from './job/changes-page.ts';
import { jobPage } from './job/job-page.ts';
import { threadText } from './job/thread-text.ts';
import type { PageDeps } from './page-deps.ts';
import { cancelForm, continueForm, retryForm } from './request/action-forms.ts';
import { requestPage } from './request/request-page.ts';
import { startForm, startPage } from './start/start-page.ts';
import { usagePage } from './usage/usage-page.ts';
import {
  type Download,
  type Moved,
  type Page,
  type ShowPage,
  type TakeForm,
  visitOf,
} from './visit.ts';

const requestPath = '/requests/:id{[0-9a-z]{10}}';
const jobPath = '/jobs/:id{[0-9a-z]{10}-[1-5]}';

const shown: readonly (readonly [path: string, show: ShowPage])[] = [
  ['/', boardPage],
  [requestPath, requestPage],
  [jobPath, jobPage],
  [`${jobPath}/changes`, changesPage],
  [`${jobPath}/thread.md`, threadText],
  ['/new', startPage],
  ['/usage', usagePage],
];

const taken: readonly (readonly [path: string, take: TakeForm])[] = [
  ['/new', startForm],
  [`${requestPath}/cancel`, cancelForm],
  [`${requestPath}/retry`, retryForm],
  [`${requestPath}/continue`, continueForm],
];

/** Larger than any prompt. */
const maxFormBytes = 256 * 1024;

/** Adds the pages and what they load. */
export function addPages(app: Hono<WebEnv>, deps: PageDeps): void {
  addAssets(app, deps);
  for (const [path, show] of shown)
    app.get(path, async (context) => {
      const viewer = await person(deps, context);
      if (!viewer) return await askToSignIn(deps, context);
      return await answer(deps, context, await show(deps, visitOf({ context, viewer, deps })));
    });
  for (const [path, take] of taken)
    app.post(path, bodyLimit({ maxSize: maxFormBytes, onError: refuseForm }), async (context) => {
      const viewer = await person(deps, context);
      if (!viewer) return await askToSignIn(deps, context);
      requireOwnPage(context);
      const form = await context.req.formData().catch(unreadable);
      const token = form.get('token');
      if (typeof token !== 'string' || !deps.formTokens.isGood(viewer.key, token))
        throw strangeForm();
      const sent = { ...visitOf({ context, viewer, deps }), form };
      return await answer(deps, context, await take(deps, sent));
    });
}

/** Returns a problem as a page for people, where the browser says that it is one that asks. */
export async function problemAnswer(
  deps: Pick<PageDeps, 'assets' | 'formTokens' | 'modelNote'>,
  context: Context<WebEnv>,
  problem: WebProblem,
): Promise<Response> {
  const { assets, modelNote } = deps;
  const page = problemPage(problem, context.req.path);
  return await pageResponse({
    markup: layout({ ...page, assets, reader: readerOf(deps, context), note: modelNote }),
    status: problem.status,
    assets,
    address: context.get('address'),
    headers: problem.headers,
  });
}

/** True when a person would rather see a page than a JSON document. */
export function wantsPage({ req }: Context<WebEnv>): boolean {
  return !req.path.startsWith('/api/') && (req.header('accept') ?? '').includes('text/html');
}

/** Who is signed in; programs have the API. Throws WebProblem for too many pages. */
async function person(deps: PageDeps, context: Context<WebEnv>) {
  const viewer = await deps.identify(context);
  deps.keepLimits(context, viewer);
  if (viewer?.via !== 'session') return undefined;
  context.set('viewer', viewer);
  return viewer;
}

async function askToSignIn(deps: PageDeps, context: Context<WebEnv>): Promise<Response> {
  const { req } = context;
  const to = req.method === 'GET' ? `${req.path}${new URL(req.url).search}` : '/';
  return await answer(deps, context, signInPage(to));
}

async function answer(
  deps: PageDeps,
  context: Context<WebEnv>,
  made: Page | Moved | Download,
): Promise<Response> {
  if ('to' in made) return context.redirect(made.to, 303);
  if ('text' in made)
    return context.body(made.text, 200, {
      'content-type': made.type,
      'content-disposition': `attachment; filename="${made.name}"`,
    });
  const { assets, modelNote } = deps;
  const reader = made.status === 401 ? undefined : readerOf(deps, context);
  return await pageResponse({
    markup: layout({ ...made, assets, reader, note: modelNote }),
    status: made.status ?? 200,
    assets,
    address: context.get('address'),
  });
}

function readerOf({ formTokens }: Pick<PageDeps, 'formTokens'>, context: Context<WebEnv>) {
  // Unset where it was not asked who calls.
  const viewer: Viewer | undefined = context.get('viewer');
  return viewer && { login: viewer.user.login, token: formTokens.of(viewer.key) };
}

function addAssets(app: Hono<WebEnv>, { assets }: PageDeps): void {
  for (const { path, type, body } of Object.values(assets))
    app.get(path, (context) =>
      context.body(body, 200, {
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
      }),
    );
}

function requireOwnPage(context: Context<WebEnv>): void {
  const { origin } = context.get('address');
  if (!isSameOrigin((name) => context.req.header(name), origin)) throw strangeForm();
}

function strangeForm(): WebProblem {
  return new WebProblem(
    'other_origin',
    'This form did not come from a page of your session. Load the page again and send it once more.',
  );
}

function unreadable(): never {
  throw new WebProblem('invalid_request', 'The form cannot be read.');
}

function refuseForm(): never {
  throw new WebProblem('body_too_large', 'The form is larger than 256 KiB.');
}
