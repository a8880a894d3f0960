import { BrokerAnswer, type BrokerWant } from '../core/broker-protocol.ts';
import { TransientError, UserError } from '../core/errors.ts';

/** What a token is for and where its repository stands now. Times are Unix ms. */
export type BrokerToken = Extract<BrokerAnswer, { type: 'token' }>;

/** The one source of secrets for a worker. An aborted signal ends the question with its reason. */
export type BrokerClient = Readonly<{
  token: (want: 'read' | 'publish', signal?: AbortSignal) => Promise<BrokerToken>;
  modelKey: (signal?: AbortSignal) => Promise<string>;
}>;

type Options = Readonly<{ url: string; jobId: string; attempt: number; key: string }>;

/**
 * Asks the broker with the attempt's key. Throws UserError when it refuses for good and TransientError when it
 * cannot answer now.
 */
export function createBrokerClient(options: Options): BrokerClient {
  const ask = async (want: BrokerWant, signal?: AbortSignal) => {
    const late = AbortSignal.timeout(30_000);
    const response = await fetch(options.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        job_id: options.jobId,
        attempt: options.attempt,
        key: options.key,
        want,
      }),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw new TransientError('internal_error', 'The broker cannot be reached', { cause: error });
    });
    const answer = BrokerAnswer.safeParse(await response.json().catch(() => undefined));
    if (!answer.success) {
      throw new TransientError('internal_error', `The broker answered ${response.status}`);
    }
    return accepted(answer.data);
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

function accepted(answer: BrokerAnswer): Exclude<BrokerAnswer, { type: 'refused' }> {
  if (answer.type !== 'refused') return answer;
  const { retry_after_ms: retryAfterMs } = answer;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (answer.transient) throw new TransientError(answer.code, answer.sentence, wait);
  throw new UserError(answer.code, answer.sentence, answer.next ? { next: answer.next } : {});
}
