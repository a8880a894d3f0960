import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ProcessEnd, type RunningProcess, startProcess } from '../../core/process.ts';
import { splitLines } from '../executor/split-lines.ts';
import { parseLine } from './parse-line.ts';
import {
  FromPublisher,
  maxLineBytes,
  type PublisherAsk,
  type PublisherTask,
  type PublishResult,
  type ToPublisher,
} from './protocol.ts';
import { decodeError, encodeError } from './wire-error.ts';

/** What the attempt does for its publisher while that one works. */
export type PublisherHost = Readonly<{
  /** Contract: what it throws is what the publisher's step then throws. */
  answer: (ask: PublisherAsk) => Promise<void>;
  /** Takes a sentence for the thread. */
  note: (text: string) => void;
  /** Ends every wait of the publisher, with its reason. */
  stop: AbortSignal;
}>;

/** Runs one task in a publisher process of its own. Undefined for a check run, which is recorded on the way. */
export type Publisher = (
  task: PublisherTask,
  host: PublisherHost,
) => Promise<PublishResult | undefined>;

/** The publisher ended without an end of its work. What it has done is in the table: the next attempt goes on. */
export class PublisherLost extends Error {
  override readonly name = 'PublisherLost';
  /** How its process ended; undefined for one that had to be ended here. */
  readonly end: ProcessEnd | undefined;

  constructor(message: string, options: ErrorOptions & { end?: ProcessEnd | undefined } = {}) {
    super(message, { cause: options.cause });
    this.end = options.end;
  }
}

/** How long a publisher may take, in ms. */
export type Patience = Readonly<{
  /** For all of it; by default a few seconds beyond what its task gives it, or else half an hour. */
  longestMs?: number;
  /** From being told to stop to its end. */
  stopMs?: number;
}>;

const program = fileURLToPath(new URL('main.ts', import.meta.url));

/**
 * Returns what runs publishers, with this environment and no other. Throws what the publication threw, the stop's reason
 * when it did not end in time after a stop, and PublisherLost when the process ended before it said how the publication
 * did, or took too long.
 */
export function createPublisher(
  env: Readonly<Record<string, string>>,
  { longestMs, stopMs = stopWithinMs }: Patience = {},
): Publisher {
  return async (task, host) => {
    host.stop.throwIfAborted();
    const first = lineOf({ type: 'task', task });
    const running = startProcess({
      command: process.execPath,
      args: [...process.execArgv, program],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    try {
      return await converse(running, {
        first,
        host,
        stopMs,
        longestMs: longestMs ?? longest(task),
      });
    } finally {
      running.kill('SIGKILL');
      await running.exited;
    }
  };
}

/** Whoever asked for the stop waits ten seconds at the most to see the end. */
const stopWithinMs = 3_000;

/** A publication asks GitHub some ten times; each of these calls, and each wait before one, has a limit of its own. */
const longestPublishMs = 30 * 60_000;

/** A task that gives up by itself has the time to start, and to give its token back. */
function longest(task: PublisherTask): number {
  const within = task.type === 'check' ? task.within_ms : undefined;
  return within === undefined ? longestPublishMs : within + 3_000;
}

function lineOf(message: ToPublisher): string {
  return `${JSON.stringify(message)}\n`;
}

type Talk = Readonly<{ first: string; host: PublisherHost }> & Required<Patience>;

async function converse(running: RunningProcess, talk: Talk): Promise<PublishResult | undefined> {
  const { host, first, stopMs, longestMs } = talk;
  const pipe = running.descriptor(3);
  if (!(pipe instanceof Duplex)) {
    const end = await running.exited;
    throw new PublisherLost('The publisher did not start', { cause: end.error, end });
  }
  const ended = Promise.withResolvers<PublishResult | undefined>();
  const timers: NodeJS.Timeout[] = [];
  const late = (ms: number, error: () => unknown) => {
    timers.push(setTimeout(() => ended.reject(error()), ms));
  };
  const send = (message: ToPublisher) => {
    if (pipe.writable) pipe.write(lineOf(message));
  };
  const stop = () => {
    send({ type: 'stop', error: encodeError(host.stop.reason) });
    late(stopMs, () => host.stop.reason);
  };
  const hear = listen(host, { send, ended });
  // A line that was written right before the end is read before the pipe closes.
  pipe.once('close', () => void endOf(running).then((end) => ended.reject(lost({ end }))));
  splitLines(pipe, maxLineBytes, (line) => {
    try {
      hear(parseLine(FromPublisher, line));
    } catch (cause) {
      ended.reject(lost({ cause }));
    }
  });
  pipe.write(first);
  host.stop.addEventListener('abort', stop, { once: true });
  late(longestMs, () => new PublisherLost('The publisher took too long'));
  try {
    return await ended.promise;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    host.stop.removeEventListener('abort', stop);
  }
}

function lost(options: ConstructorParameters<typeof PublisherLost>[1]): PublisherLost {
  return new PublisherLost('The publisher ended before its work', options);
}

/** Its pipe closes a moment before it ends; one that goes on without a pipe has not ended by itself. */
function endOf({ exited }: RunningProcess): Promise<ProcessEnd | undefined> {
  return Promise.race([exited, sleep(1_000, undefined, { ref: false })]);
}

type Hearer = Readonly<{
  send: (message: ToPublisher) => void;
  ended: PromiseWithResolvers<PublishResult | undefined>;
}>;

function listen(host: PublisherHost, { send, ended }: Hearer) {
  return (message: FromPublisher) => {
    switch (message.type) {
      case 'ask':
        void answer(host, message).then(send);
        return;
      case 'note':
        return host.note(message.text);
      case 'done':
        return ended.resolve(message.result);
      case 'failed':
        return ended.reject(decodeError(message.error));
    }
  };
}

async function answer(
  host: PublisherHost,
  { id, ask }: Extract<FromPublisher, { type: 'ask' }>,
): Promise<ToPublisher> {
  try {
    await host.answer(ask);
    return { type: 'answer', id };
  } catch (error) {
    return { type: 'answer', id, error: encodeError(error) };
  }
}
