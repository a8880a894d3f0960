import type { IncomingHttpHeaders } from 'node:http';
import type { WorkerPart } from './worker-part.ts';

/** Who is called. `git` is the smart protocol over HTTP, `broker` our own. */
export const services = [
  'dynamodb',
  'sqs',
  's3',
  'ecs',
  'github',
  'git',
  'anthropic',
  'broker',
] as const;
export type Service = (typeof services)[number];

/** A process of the product that calls out. `signal` reaches that very process. */
export type Caller = Readonly<{
  from: 'app' | 'worker';
  /** The job that the worker was started for; undefined for the App. */
  jobId?: string;
  /** Which worker of its job, or which process of the App: how often one was started, from 1. */
  attempt: number;
  signal: (signal: NodeJS.Signals) => void;
  /** Of a worker: one of its processes that is alive now. */
  pidOf?: (part: WorkerPart) => number | undefined;
}>;

export type CallRequest = Readonly<{
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}>;

/** One HTTP call of the product. */
export type Call = Readonly<{
  /** Counts all calls of the case, from 1, in the order in which they arrived. */
  seq: number;
  /** Unix ms. */
  at: number;
  service: Service;
  from: 'app' | 'worker';
  jobId: string | undefined;
  /** Which job of its request, from 1; undefined for the App. */
  job: number | undefined;
  attempt: number;
  /** What the call is for; the same in every run of the same scenario. */
  name: string;
  /** How many calls of this name the case has seen from this job, over all attempts, this one included. */
  nth: number;
  request: CallRequest;
  caller: Caller;
}>;

/** A whole answer. */
export type Answer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: Buffer;
}>;

/**
 * What is done to the process that calls. `go_on` lets the call have its way afterwards (for a process that was only
 * paused); otherwise the connection is cut.
 */
export type Act = (call: Call) => Outcome | Promise<Outcome>;
type Outcome = 'go_on' | undefined | void;

/**
 * What becomes of a call. `before`: the act comes before the effect; `after`: the effect was done, and its answer is
 * held back; `answered`: the answer was delivered, and the act comes before the same process calls again (or after
 * a quarter of a second).
 */
export type Verdict =
  | Readonly<{ type: 'pass' }>
  | Readonly<{ type: 'before' | 'after' | 'answered'; act: Act }>
  | Readonly<{ type: 'reply'; answer: Answer }>
  | Readonly<{ type: 'change'; answer: (upstream: Answer) => Answer | Promise<Answer> }>
  | Readonly<{ type: 'cut'; after: boolean }>
  /** The connection is cut, and for so long the process finds nobody to connect to. */
  | Readonly<{ type: 'refuse'; ms: number }>
  | Readonly<{ type: 'delay'; ms: number }>
  /** Breaks a stream, or puts something into it, after so many bytes or events. */
  | Readonly<{
      type: 'stream';
      at: Readonly<{ bytes: number } | { events: number }>;
      then: 'cut' | 'end' | Readonly<{ insert: string }>;
    }>;

/** Decides about each call of a case. */
export type Interposer = (call: Call) => Verdict | Promise<Verdict>;

/** A call with what came of it. */
export type CallRecord = Call & {
  verdict: Verdict['type'];
  /** Of the service behind; undefined while there is none, or when the call never got there. */
  status?: number;
  /** When the service behind had answered, Unix ms. */
  answeredAt?: number;
  /** What the model answered, and what of it was let through. */
  stream?: Readonly<{ whole: string; sent: string }>;
};

export const pass: Verdict = { type: 'pass' };

/** `worker 1 dynamodb TransactWriteItems … #2`: names one call of a scenario in reports. */
export function describeCall(
  call: Pick<Call, 'from' | 'job' | 'service' | 'name' | 'nth'>,
): string {
  const who = call.job === undefined ? call.from : `${call.from}${call.job}`;
  return `${who} ${call.service} ${call.name} #${call.nth}`;
}
