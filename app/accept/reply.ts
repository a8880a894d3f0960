import { UserError } from '../../core/errors.ts';
import { marker } from '../../core/render/marker.ts';
import { requestPlace } from '../../core/request-place.ts';
import { conversation, reviewThread } from '../comment-place.ts';
import { postOnce } from '../own-comment.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { answerAboveThread, answerInCheck } from './answer-in-check.ts';
import { mayAnswer } from './answer-limit.ts';
import type { Order } from './order.ts';

type Deps = Pick<
  AcceptDeps,
  'appId' | 'bot' | 'installations' | 'requests' | 'promptsChecks' | 'now' | 'log'
>;

/**
 * Answers a command once and remembers that it was answered. A place that takes no comment (locked, gone) counts as
 * answered, because trying again would not change it; where the App may not comment, a check run says so. Throws
 * TransientError when GitHub is out.
 */
export async function reply(deps: Deps, order: Order, text: string): Promise<void> {
  await unlessRefused(deps, async () => {
    if (!(await mayAnswer(deps, order))) {
      deps.log.info('Who may not write here was answered before, and is not answered again');
      return;
    }
    const refusal = await refusalOf(() => answer(deps, order, text));
    if (!refusal) return;
    deps.log.warn({ err: refusal }, 'The reply could not be posted');
    if (refusal.code === 'github_forbidden')
      await answerInCheck(deps, order, { why: refusal.message, text });
  });
  await deps.requests.remember({
    type: 'command',
    semantic_key: order.key,
    payload_sha256: order.payload_sha256,
    disposition: 'reply',
  });
}

/** What GitHub refuses for good is logged. */
async function unlessRefused({ log }: Deps, step: () => Promise<void>): Promise<void> {
  const refusal = await refusalOf(step);
  if (refusal) log.warn({ err: refusal }, 'An answer has no place');
}

async function refusalOf(step: () => Promise<void>): Promise<UserError | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    return failure;
  }
}

/** Whoever pressed a button reads the answer where it stands, if it stands there still. */
async function answer(deps: Deps, order: Order, text: string): Promise<void> {
  const outcome = { type: 'answered', by: order.requester.login, text } as const;
  if (!(await deps.promptsChecks.tell(order.source, outcome))) await post(deps, order, text);
}

/** Where a command has no place for comments, its answer stands in the check run where it was given. */
async function post(deps: Deps, order: Order, text: string): Promise<void> {
  const place = requestPlace(order.source);
  if (!place && order.check) return answerAboveThread(deps, order.check, text);
  if (!place) {
    deps.log.warn('The answer to a command has no place');
    return;
  }
  const github = await deps.installations.client(order.source.installation_id);
  const hidden = marker('reply', order.request_id);
  const body = `${hidden}\n${text}`;
  const comment = {
    marker: hidden,
    since: order.written_at,
    appId: deps.appId,
    bot: deps.bot,
    body,
  };
  const { thread_id } = order;
  if (thread_id !== undefined) {
    const thread = reviewThread(github, { ...place, thread_id });
    if (await isTaken(deps, () => postOnce(thread, comment))) return;
  }
  await postOnce(conversation(github, place), comment);
}

/** False when GitHub takes no comment there for good: the thread's first comment is gone, for example. */
async function isTaken({ log }: Deps, write: () => Promise<unknown>): Promise<boolean> {
  const refusal = await refusalOf(async () => void (await write()));
  if (refusal) log.info({ err: refusal }, 'A review thread takes no reply');
  return !refusal;
}
