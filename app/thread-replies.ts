import type { Logger } from 'pino';
import { UserError } from '../core/errors.ts';
import type { Github } from '../core/github/octokit.ts';
import type { Job } from '../core/job.ts';
import type { Links } from '../core/render/links.ts';
import { marker } from '../core/render/marker.ts';
import { renderThreadReply } from '../core/render/thread-reply.ts';
import type { Request, RequestReport, RequestSource } from '../core/request.ts';
import type { RequestStore } from '../core/store/request-store.ts';
import type { BotIdentity } from './bot-identity.ts';
import { reviewThread, type Thread } from './comment-place.ts';
import { appFailure } from './installations.ts';
import { postOnce } from './own-comment.ts';

type Deps = Readonly<{
  appId: number;
  bot: BotIdentity;
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

/** The report with the threads that are done, and whether each of them has taken its reply. */
type Told = Readonly<{ report: RequestReport; told: boolean }>;

/**
 * Tells each review thread that a request is about how it ended, once; one that takes no reply counts as done. Throws
 * TransientError, and ConditionFailed when the lease is lost.
 */
export async function writeThreadReplies(deps: Deps, writing: Writing): Promise<Told> {
  let { report } = writing;
  let told = threadsOf(writing.view.request.source).length > 0;
  for (const threadId of threadsOf(writing.view.request.source)) {
    const done = report.replied_threads ?? [];
    if (done.includes(threadId)) {
      // An earlier try was here. It may have been refused, and an answer that stands twice is better than none.
      told = false;
      continue;
    }
    told = (await writeReply(deps, writing, threadId)) && told;
    report = await deps.requests.saveReport(report, { replied_threads: [...done, threadId] });
  }
  return { report, told };
}

async function writeReply(
  deps: Deps,
  { github, thread, view }: Writing,
  threadId: number,
): Promise<boolean> {
  const { request } = view;
  const { appId, bot, links, modelNote } = deps;
  try {
    await postOnce(reviewThread(github, { ...thread, thread_id: threadId }), {
      marker: marker('thread', request.id),
      since: request.created_at,
      appId,
      bot,
      body: renderThreadReply({
        ...view,
        links,
        ...(modelNote === undefined ? {} : { modelNote }),
      }),
    });
    return true;
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure, thread: threadId }, 'A review thread takes no reply');
    return false;
  }
}

function threadsOf(source: RequestSource): readonly number[] {
  if (source.type === 'review_comment') return [source.thread_id];
  return source.type === 'review' ? source.thread_ids : [];
}
