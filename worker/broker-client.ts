import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerAnswer, type BrokerWant, type TokenWant } from '../core/broker-protocol.ts';
import { TransientError, UserError } from '../core/errors.ts';
import type { Sign } from './task-signer.ts';

/** What a token is for and where its repository stands now. Times are Unix ms. */
export type BrokerToken = Extract<BrokerAnswer, { type: 'token' }>;

/** The one source of secrets for a worker. An aborted signal ends the question with its reason. */
export type BrokerClient = Readonly<{
  token: (want: TokenWant, signal?: AbortSignal) => Promise<BrokerToken>;
  modelKey: (signal?: AbortSignal) => Promise<string>;
}>;

type Options = Readonly<{
  url: string;
  jobId: string;
  attempt: number;
  key: string;
  /** Where the address asks for an identity before it looks at the key. */
  sign?: Sign;
  /** ms before the second question and before the third. */
  waitsMs?: readonly number[];
}>;

/** A function that is throttled or ended answers 429 or 502 (AWS Lambda, function URLs), and soon answers again. */
const waits = [500, 2_000];

/**
 * Asks the broker with the attempt's key, up to three times while it does not answer as a broker does: a token that was
 * made for nobody ends by itself. Throws UserError when it refuses for good and TransientError when it cannot answer now.
 */
export function createBrokerClient(options: Options): BrokerClient {
  const ask = async (want: BrokerWant, signal?: AbortSignal) => {
    const late = AbortSignal.timeout(30_000);
    const either = signal ? AbortSignal.any([signal, late]) : late;
    const left = [...(options.waitsMs ?? waits)];
    for (;;) {
      try {
        return accepted(await question(options, want, either));
      } catch (error) {
        signal?.throwIfAborted();
        const wait = left.shift();
        if (!(error instanceof NoAnswer) || late.aborted || wait === undefined) throw error;
        await sleep(wait, undefined, { signal: either }).catch(() => signal?.throwIfAborted());
      }
    }
  };
  return {
    async token(want, signal) {
      const answer = await ask(want, signal);
      if (answer.type !== 'token') throw new Error('The broker gave no token');
      return answer;
    },
    async modelKey(signal) {
      const answer = await ask('model', signal);
      if (answer.type !== 'model') throw new Error('The broker gave no key');
      return answer.api_key;
    },
  };
}

/** Something else than the broker spoke, or nothing. */
class NoAnswer extends TransientError {}

async function question(
  options: Options,
  want: BrokerWant,
  signal: AbortSignal,
): Promise<BrokerAnswer> {
  const response = await post(options, want, signal).catch((cause: unknown) => {
    throw new NoAnswer('internal_error', 'The broker cannot be reached', { cause });
  });
  const answer = BrokerAnswer.safeParse(await response.json().catch(() => undefined));
  if (answer.success) return answer.data;
  throw new NoAnswer('internal_error', `The broker answered ${response.status}`);
}

async function post(
  { url, jobId, attempt, key, sign }: Options,
  want: BrokerWant,
  signal: AbortSignal,
): Promise<Response> {
  const body = JSON.stringify({ job_id: jobId, attempt, key, want });
  const headers = (await sign?.(url, body)) ?? { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body, signal });
}

function accepted(answer: BrokerAnswer): Exclude<BrokerAnswer, { type: 'refused' }> {
  if (answer.type !== 'refused') return answer;
  const { retry_after_ms: retryAfterMs } = answer;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (answer.transient) throw new TransientError(answer.code, answer.sentence, wait);
  throw new UserError(answer.code, answer.sentence, answer.next ? { next: answer.next } : {});
}
