import type { Context } from 'hono';
import type { Viewer } from '../access/viewer.ts';
import type { WebEnv } from '../web-env.ts';
import type { Html } from './html.ts';
import type { PageDeps } from './page-deps.ts';

/** A signed-in person before a page. */
export type Visit = Readonly<{
  viewer: Viewer;
  url: URL;
  /** A part of the path; empty when the path does not have it. */
  param: (name: string) => string;
  /** A part of the query; undefined when it is absent or empty. */
  query: (name: string) => string | undefined;
  /** What forms of this session hold. */
  token: string;
  now: number;
}>;

/** What fills a page. */
export type Page = Readonly<{
  title: string;
  body: Html;
  section?: 'board' | 'new' | 'usage';
  status?: number;
  /** Whether the page looks for changes by itself: how often in ms, and the events that tell it to look at once. */
  live?: Readonly<{ everyMs: number; events?: string }>;
}>;

/** Another page to go to. */
export type Moved = Readonly<{ to: string }>;

/** A file to keep. */
export type Download = Readonly<{ name: string; type: string; text: string }>;

/** Shows a page, or sends the browser to another one. Throws WebProblem. */
export type ShowPage = (deps: PageDeps, visit: Visit) => Promise<Page | Moved | Download>;

/** A form that was sent by one of our own pages. */
export type Sent = Visit & Readonly<{ form: FormData }>;

/** Does what a form asks for, and shows what is next. Throws WebProblem. */
export type TakeForm = (deps: PageDeps, sent: Sent) => Promise<Page | Moved>;

type Asked = Readonly<{ context: Context<WebEnv>; viewer: Viewer; deps: PageDeps }>;

/** The visit of a request whose sender is known. */
export function visitOf({ context, viewer, deps }: Asked): Visit {
  return {
    viewer,
    url: new URL(context.req.url),
    param: (name) => context.req.param(name) ?? '',
    query: (name) => context.req.query(name)?.trim() || undefined,
    token: deps.formTokens.of(viewer.key),
    now: deps.now(),
  };
}
