import { TransientError } from '../../core/errors.ts';
import { jittered } from '../../core/jittered.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { acknowledge } from './acknowledge.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'bot' | 'requests' | 'ingest' | 'now' | 'log'>;

/** After so long nobody looks for a mark any more: the status comment says it all. */
const longestMs = 24 * 3_600_000;

/** SQS delays a message by at most 15 minutes. */
const longestDelaySeconds = 900;

/**
 * True when GitHub, or our own budget of writes, named a wait: the mark is then tried again by a message of its own. A
 * wait is no failure and uses up no receive.
 */
export async function acknowledgeLater(
  { ingest }: Pick<Deps, 'ingest'>,
  request_id: string,
  failure: Error,
): Promise<boolean> {
  const ms = failure instanceof TransientError ? failure.retryAfterMs : undefined;
  if (ms === undefined) return false;
  const seconds = Math.max(1, Math.ceil(jittered(ms, Math.random()) / 1000));
  await ingest.send(
    { type: 'acknowledge', request_id },
    { delaySeconds: Math.min(longestDelaySeconds, seconds) },
  );
  return true;
}

/**
 * Sets the mark that had to wait, unless it is there. What GitHub refuses for good, or still after a day, is let go.
 * Throws TransientError when GitHub is out.
 */
export async function acknowledgeAgain(deps: Deps, requestId: string): Promise<void> {
  const request = await deps.requests.get(requestId);
  if (!request) return;
  const failure = await acknowledge(deps, request, true);
  if (!(failure instanceof TransientError)) return;
  if (deps.now() - request.created_at > longestMs) {
    deps.log.warn({ request: requestId }, 'A command stays without its mark');
    return;
  }
  if (!(await acknowledgeLater(deps, requestId, failure))) throw failure;
}
