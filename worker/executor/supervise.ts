import type { Logger } from 'pino';
import type { ExecutorProcess } from './executor-process.ts';
import type { ExecutorReply, ExecutorRequest } from './protocol.ts';
import { createTurnstile } from './turnstile.ts';
import type { Excess } from './use.ts';
import { excessSentence, excessStop } from './watchdog.ts';

/** What came back: the executor's answer, or why there is none. */
export type Answer = ExecutorReply | Readonly<{ type: 'lost'; message: string }>;

/** A question for the executor; the id is given by the supervisor. */
export type Question =
  | Omit<Extract<ExecutorRequest, { type: 'run' }>, 'id'>
  | Omit<Extract<ExecutorRequest, { type: 'exec' }>, 'id'>
  | Omit<Extract<ExecutorRequest, { type: 'seen' }>, 'id'>;

/** How a question is put. `limitMs` counts from when it is sent, and guards against a process that hangs. */
export type AskOptions = Readonly<{ limitMs: number; alone: boolean; signal?: AbortSignal }>;

/** An executor process that is started again when it ends. */
export type Supervised = Readonly<{
  /** Starts it. Rejects with ExecutorStartError. */
  start: () => Promise<void>;
  /** Never rejects. Questions that are not `alone` run together; the others wait for their turn, in order. */
  ask: (question: Question, options: AskOptions) => Promise<Answer>;
  /** Resolves when nothing of it is left. Rejects with ProcessesLeft when something is that cannot be ended. */
  close: () => Promise<void>;
  ended: Promise<'closed' | 'given_up'>;
  /** Aborted with Stopped when commands have passed their limits three times, with ProcessesLeft when it cannot be ended. */
  over: AbortSignal;
}>;

/** Watches what a process and its children use until told to end, and calls back when that is too much. */
export type Watch = (life: ExecutorProcess, onExcess: (excess: Excess) => void) => () => void;

/** Starts one process and hands its replies on. */
export type Launcher = (onReply: (reply: ExecutorReply) => void) => ExecutorProcess;

const MAX_RESTARTS = 3;
const MAX_EXCESSES = 3;
const CANCEL_MS = 8_000;

/**
 * Keeps one executor process alive, started again at most three times, and matches answers with questions. While a
 * question that may change something is open, `watch` looks at what is used, and too much ends the process.
 */
export function supervise(launch: Launcher, log: Logger, watch?: Watch): Supervised {
  const pending = new Map<string, (answer: Answer) => void>();
  const turnstile = createTurnstile();
  const end = Promise.withResolvers<'closed' | 'given_up'>();
  const over = createOver(log);
  let current: Promise<ExecutorProcess> | undefined;
  let forgotten: Promise<void> | undefined;
  // Why nothing is to be started any more: something of an earlier life is still there.
  let left: Readonly<{ error: unknown }> | undefined;
  let starts = 0;
  let questions = 0;
  let closed = false;

  const begin = async (): Promise<ExecutorProcess> => {
    starts += 1;
    const life = launch((reply) => {
      if ('id' in reply) pending.get(reply.id)?.(reply);
    });
    forgotten = forget(life);
    await life.ready;
    return life;
  };
  const forget = async (life: ExecutorProcess): Promise<void> => {
    try {
      await life.gone;
    } catch (error) {
      left = { error };
      over.onLeft(error);
      end.resolve('given_up');
      return;
    }
    current = undefined;
    if (closed) return;
    log.warn({ starts }, 'executor process ended');
    if (starts > MAX_RESTARTS) end.resolve('given_up');
  };
  const alive = (): Promise<ExecutorProcess> => {
    current ??= begin();
    return current;
  };

  const put = async (question: Question, options: AskOptions): Promise<Answer> => {
    if (options.signal?.aborted) return lost(CANCELLED);
    if (closed) return lost('The tool process has been closed.');
    if (left || (!current && starts > MAX_RESTARTS)) return lost(GIVEN_UP);
    try {
      const life = await alive();
      // Aborted while the process was starting: there will be no event any more.
      if (options.signal?.aborted) return lost(CANCELLED);
      questions += 1;
      const conversation = { life, pending, id: String(questions), watch, onExcess: over.onExcess };
      return await converse(conversation, question, options);
    } catch {
      // The start failed; `forget` has logged the end of that process.
      return lost(GIVEN_UP);
    }
  };
  return {
    start: async () => void (await alive()),
    ask: (question, options) => {
      const pass = options.alone ? turnstile.exclusive : turnstile.shared;
      return pass(() => put(question, options));
    },
    close: async () => {
      closed = true;
      const life = await current?.catch(() => undefined);
      // Whether nothing is left is known to `forget`, also of a life that did not come to answer.
      await life?.stop().catch(() => undefined);
      await forgotten;
      if (left) throw left.error;
      end.resolve('closed');
    },
    ended: end.promise,
    over: over.signal,
  };
}

/** What makes a job end before its time: too much use, several times, and what cannot be ended, once. */
function createOver(log: Logger) {
  const over = new AbortController();
  let excesses = 0;
  return {
    signal: over.signal,
    onExcess: (excess: Excess): void => {
      excesses += 1;
      log.warn({ excess, excesses }, 'commands used more than they may');
      if (excesses >= MAX_EXCESSES) over.abort(excessStop(excess));
    },
    onLeft: (error: unknown): void => {
      log.error({ err: error }, 'the tool process could not be ended');
      // Not the run's outcome: the next attempt goes on elsewhere.
      over.abort(error);
    },
  };
}

const CANCELLED = 'The call was cancelled before it began.';
const GIVEN_UP = 'The tool process ended too often and is not started again. Submit what is done.';
const ENDED =
  'The tool process ended during this call, which may have been carried out in part. Look at the state of the files before you repeat it.';

function lost(message: string): Answer {
  return { type: 'lost', message };
}

type Conversation = Readonly<{
  life: ExecutorProcess;
  pending: Map<string, (answer: Answer) => void>;
  id: string;
  watch: Watch | undefined;
  onExcess: (excess: Excess) => void;
}>;

/** Sends one question and waits for its answer. A process that does not answer in time is killed. */
async function converse(
  { life, pending, id, watch, onExcess }: Conversation,
  question: Question,
  options: AskOptions,
): Promise<Answer> {
  const answer = Promise.withResolvers<Answer>();
  const timers: NodeJS.Timeout[] = [];
  // Its own end tells whether that worked.
  const stop = () => void life.stop().catch(() => undefined);
  const killAfter = (ms: number) => timers.push(setTimeout(stop, ms));
  const cancel = () => {
    life.send({ type: 'cancel', id });
    killAfter(CANCEL_MS);
  };
  let why = ENDED;
  const ended = async () => {
    await life.gone.catch(() => undefined);
    answer.resolve(lost(why));
  };
  const tooMuch = (excess: Excess) => {
    why = excessSentence(excess);
    onExcess(excess);
    stop();
  };
  const unwatch = options.alone ? watch?.(life, tooMuch) : undefined;
  try {
    pending.set(id, answer.resolve);
    void ended();
    killAfter(options.limitMs);
    life.send({ ...question, id });
    options.signal?.addEventListener('abort', cancel, { once: true });
    return await answer.promise;
  } finally {
    unwatch?.();
    for (const timer of timers) clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
    pending.delete(id);
  }
}
