/** What a fault's predicate sees. `number` counts the requests of one path from 1. */
export type FaultTarget = Readonly<{ path: string; body: unknown; number: number }>;

/** Something that goes wrong before the first byte of an answer. */
export type EarlyFault =
  | Readonly<{
      type: 'status';
      /** 400, 401, 402, 403, 404, 413, 429, 500, 529. */
      status: number;
      /** Seconds for `retry-after`. */
      retryAfter?: number;
      /** `error.details.error_code`, such as `enforced_spend_limit_reached`. */
      errorCode?: string;
    }>
  | Readonly<{ type: 'reset_before_headers' }>;

/** Something odd about the message itself; the stream that carries it is complete. */
export type ReplyFault = Readonly<{
  type:
    | 'malformed_tool_json'
    | 'refusal_before_output'
    | 'refusal_after_output'
    | 'max_tokens_in_tool_use'
    | 'pause_turn'
    | 'empty_end_turn'
    | 'unknown_block_type'
    | 'duplicate_tool_ids'
    /** A compaction block without a summary; strikes compaction requests alone. */
    | 'no_summary';
}>;

/** Something that happens to the event stream. */
export type StreamFault =
  | Readonly<{ type: 'error_event'; errorType?: string }>
  | Readonly<{ type: 'cut_in_tool_json' }>
  | Readonly<{ type: 'missing_message_stop' }>
  /** Silence (or pings alone, every `pingEveryMs`) in the middle until the client goes away. */
  | Readonly<{ type: 'stall'; pings: boolean; pingEveryMs?: number }>
  /** `delayMs` between events. */
  | Readonly<{ type: 'slow_drip'; delayMs: number }>;

export type FaultKind = EarlyFault | ReplyFault | StreamFault;

/** `times` is how often it happens (default 1); without `when` every `POST /v1/messages` can meet it. */
export type Fault = FaultKind &
  Readonly<{ times?: number; when?: (target: FaultTarget) => boolean }>;

export type Faults = Readonly<{
  add: (fault: Fault) => void;
  clear: () => void;
  /** Returns the first fault that fits the request and the moment, and uses it up once. */
  take: <Kind extends FaultKind>(
    target: FaultTarget,
    fits: (fault: FaultKind) => fault is Kind,
  ) => Kind | null;
}>;

const STREAM_FAULTS: readonly FaultKind['type'][] = [
  'error_event',
  'cut_in_tool_json',
  'missing_message_stop',
  'stall',
  'slow_drip',
];
const NEED_TOOL_USE: readonly FaultKind['type'][] = [
  'malformed_tool_json',
  'max_tokens_in_tool_use',
  'duplicate_tool_ids',
  'cut_in_tool_json',
];

/** Returns an empty list of faults. */
export function createFaults(): Faults {
  let queue: { fault: Fault; left: number }[] = [];

  const take = <Kind extends FaultKind>(
    target: FaultTarget,
    fits: (fault: FaultKind) => fault is Kind,
  ) => {
    for (const entry of queue) {
      const { fault } = entry;
      if (!fits(fault) || !isFor(fault, target)) continue;
      entry.left -= 1;
      queue = queue.filter(({ left }) => left > 0);
      return fault;
    }
    return null;
  };

  return {
    add: (fault) => {
      queue.push({ fault, left: fault.times ?? 1 });
    },
    clear: () => {
      queue = [];
    },
    take,
  };
}

/** Returns whether the fault strikes before the answer begins. */
export function isEarlyFault(fault: FaultKind): fault is EarlyFault {
  return fault.type === 'status' || fault.type === 'reset_before_headers';
}

/** Returns whether the fault changes the event stream and not the message. */
export function isStreamFault(fault: FaultKind): fault is StreamFault {
  return STREAM_FAULTS.includes(fault.type);
}

/** Returns whether the fault changes the message. */
export function isReplyFault(fault: FaultKind): fault is ReplyFault {
  return !isEarlyFault(fault) && !isStreamFault(fault);
}

/** Returns whether the fault waits for a turn with a tool call. */
export function needsToolUse(fault: FaultKind): boolean {
  return NEED_TOOL_USE.includes(fault.type);
}

function isFor(fault: Fault, target: FaultTarget): boolean {
  return fault.when === undefined ? target.path === '/v1/messages' : fault.when(target);
}
