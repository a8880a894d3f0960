import { constants } from 'node:os';
import { PublisherLost } from '../publisher/start-publisher.ts';

/**
 * The exit code of an attempt that threw. A publisher that was killed stands for its attempt, as if that had been killed:
 * for want of memory, perhaps, and then the next attempt needs more. Pure.
 */
export function exitCode(error: unknown): number {
  return publisherEnd(error).publisher_end?.signal === 'SIGKILL'
    ? 128 + constants.signals.SIGKILL
    : 1;
}

/** What a log line tells besides an error: how the publisher ended whose work is missed. Pure. */
export function publisherEnd(error: unknown) {
  return error instanceof PublisherLost && error.end ? { publisher_end: error.end } : {};
}
