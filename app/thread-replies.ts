import type { Logger } from 'pino';
import { UserError } from '../core/errors.ts';
import type { Github } from '../core/github/octokit.ts';
import type { Job } from '../core/job.ts';
import type { Links } from '../core/render/links.ts';
import { marker } from '../core/render/marker.ts';
import { renderThreadReply } from '../core/render/thread-reply.ts';
import type { Request, RequestReport, RequestSource } from '../core/request.ts';
import type { RequestStore } from '../core/store/request-store.ts';
import { reviewThread, type Thread } from './comment-place.ts';
import { appFailure } from './installations.ts';
import { postOnce } from './own-comment.ts';

type Deps = Readonly<{
  appId: number;
  requests: Pick<RequestStore, 'saveReport'>;
  links: Links;
  modelNote?: string | undefined;
  log: Logger;
}>;

type Writing = Readonly<{
  github: Github;
  thread: Thread;
  report: RequestReport;
  view: Readonly<{ request: Request; jobs: readonly Job[] }>;
}>;

/**
 * Tells each review thread that a request is about how it ended, once. Returns the report with the threads that are
 * done; one that takes no reply counts as done. Throws TransientError, and ConditionFailed when the lease is lost.
 */
export async function writeThreadReplies(deps: Deps, writing: Writing): Promise<RequestReport> {
  let { report } = writing;
  for (const threadId of threadsOf(writing.view.request.source)) {
    const done = report.replied_threads ?? [];
    if (done.includes(threadId)) continue;
    await writeReply(deps, writing, threadId);
    report = await deps.requests.saveReport(report, { replied_threads: [...done, threadId] });
  }
  return report;
}

async function writeReply(
  deps: Deps,
  { github, thread, view }: Writing,
  threadId: number,
): Promise<void> {
  const { request } = view;
  const { appId, links, modelNote } = deps;
  try {
    await postOnce(reviewThread(github, { ...thread, thread_id: threadId }), {
      marker: marker('thread', request.id),
      since: request.created_at,
      appId,
      body: renderThreadReply({
        ...view,
        links,
        ...(modelNote === undefined ? {} : { modelNote }),
      }),
    });
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure, thread: threadId }, 'A review thread takes no reply');
  }
}

function threadsOf(source: RequestSource): readonly number[] {
  if (source.type === 'review_comment') return [source.thread_id];
  return source.type === 'review' ? source.thread_ids : [];
}
