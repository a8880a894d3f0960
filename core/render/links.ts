import type { Job } from '../job.ts';
import type { Request } from '../request.ts';
import { codeSpan, link } from './markdown.ts';

/** Addresses that rendered text points at. */
export type Links = Readonly<{
  /** Where people read GitHub, without a slash at the end. */
  serverUrl: string;
  /** The page with a job's whole thread, when one is served. */
  thread?: (job: Job) => string | undefined;
  /** The page with all of a request, when one is served. */
  request?: (request: Pick<Request, 'id'>) => string | undefined;
  /** Other hosts that text of a model may link to. */
  allowed?: readonly string[];
}>;

type Addresses = Readonly<{
  githubServerUrl: string;
  publicUrl: string | undefined;
  policy?: Readonly<{ link_hosts: readonly string[] }>;
}>;

/** Returns where things are: requests and threads on pages of this server where it has an address for the public. */
export function linksOf({ githubServerUrl, publicUrl, policy }: Addresses): Links {
  const links = { serverUrl: githubServerUrl, allowed: policy?.link_hosts ?? [] };
  if (publicUrl === undefined) return links;
  return {
    ...links,
    thread: ({ id }) => `${publicUrl}/jobs/${id}`,
    request: ({ id }) => `${publicUrl}/requests/${id}`,
  };
}

/** Returns a request's id, which leads to its page where there is one. */
export function requestLink(request: Pick<Request, 'id'>, links: Links): string {
  const url = links.request?.(request);
  return url === undefined ? codeSpan(request.id) : `[${codeSpan(request.id)}](${url})`;
}

/** Returns the address of the job's thread: its page, else its check run; undefined before there is one. */
export function threadUrl(job: Job, links: Links): string | undefined {
  return links.thread?.(job) ?? job.check_run?.url;
}

/** Returns a link to the job's thread; undefined before there is one. */
export function threadLink(job: Job, links: Links): string | undefined {
  const url = threadUrl(job, links);
  return url === undefined ? undefined : link('thread', url);
}

/** Returns one sentence that tells where the whole thread is, for places that can't hold it. */
export function wholeThread(job: Job, links: Links): string {
  const url = links.thread?.(job);
  if (url !== undefined) return `Read ${link('the whole thread', url)}.`;
  if (job.thread === undefined) return 'The whole thread is stored when the job ends.';
  return `The whole thread is stored in the bucket as ${codeSpan(job.thread.key)}.`;
}
