import { UserError } from '../../core/errors.ts';
import { marker } from '../../core/render/marker.ts';
import { requestPlace } from '../../core/request-place.ts';
import { conversation, reviewThread } from '../comment-place.ts';
import { postOnce } from '../own-comment.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'appId' | 'installations' | 'requests' | 'promptsChecks' | 'log'>;

/**
 * Answers a command once and remembers that it was answered. A place that takes no comment (locked, gone) counts as
 * answered, because trying again would not change it. Throws TransientError when GitHub is out.
 */
export async function reply(deps: Deps, order: Order, text: string): Promise<void> {
  try {
    await answer(deps, order, text);
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'The reply could not be posted');
  }
  await deps.requests.remember({
    type: 'command',
    semantic_key: order.key,
    payload_sha256: order.payload_sha256,
    disposition: 'reply',
  });
}

/** Whoever pressed a button reads the answer where it stands, if it stands there still. */
async function answer(deps: Deps, order: Order, text: string): Promise<void> {
  const outcome = { type: 'answered', by: order.requester.login, text } as const;
  if (!(await deps.promptsChecks.tell(order.source, outcome))) await post(deps, order, text);
}

/** Where a command has no place for comments, its answer stands in the log alone. */
async function post(deps: Deps, order: Order, text: string): Promise<void> {
  const place = requestPlace(order.source);
  if (!place) {
    deps.log.warn('The answer to a command has no place');
    return;
  }
  const github = await deps.installations.client(order.source.installation_id);
  const hidden = marker('reply', order.request_id);
  const body = `${hidden}\n${text}`;
  const comment = { marker: hidden, since: order.written_at, appId: deps.appId, body };
  const { thread_id } = order;
  if (thread_id !== undefined) {
    const thread = reviewThread(github, { ...place, thread_id });
    if (await isTaken(deps, () => postOnce(thread, comment))) return;
  }
  await postOnce(conversation(github, place), comment);
}

/** False when GitHub takes no comment there for good: the thread's first comment is gone, for example. */
async function isTaken(deps: Deps, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.info({ err: failure }, 'A review thread takes no reply');
    return false;
  }
}
