import type { CauseCode } from './cause.ts';

type Options = Readonly<{ cause?: unknown }>;

/** Something the requester can understand and act on. Its text is shown as it stands. */
export class UserError extends Error {
  readonly code: CauseCode;
  readonly next: string | undefined;

  constructor(code: CauseCode, sentence: string, options: Options & { next?: string } = {}) {
    super(sentence, { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.next = options.next;
  }
}

/** Something that may go away by itself: the queue, or the next attempt, tries again. */
export class TransientError extends Error {
  readonly code: CauseCode;
  /** Wait at least this long, in ms, before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(code: CauseCode, message: string, options: Options & { retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = 'TransientError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A limit, a cancel or a shutdown: an outcome, not a failure. */
export class Stopped extends Error {
  readonly reason: 'cancelled' | 'shutdown' | 'lease_lost' | 'limit';
  readonly code: CauseCode;

  constructor(reason: Stopped['reason'], code: CauseCode, sentence: string, options: Options = {}) {
    super(sentence, { cause: options.cause });
    this.name = 'Stopped';
    this.reason = reason;
    this.code = code;
  }
}

/** A conditional write found the item in another state: re-read and decide. */
export class ConditionFailed extends Error {
  /** Index of the failed action in a transaction, 0 for a single write. */
  readonly index: number;

  constructor(message: string, options: Options & { index?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ConditionFailed';
    this.index = options.index ?? 0;
  }
}
