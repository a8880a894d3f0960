import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../../core/process.ts';
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
}

const program = fileURLToPath(new URL('main.ts', import.meta.url));

/**
 * Returns what runs publishers, with this environment and no other. Throws what the publication threw, and PublisherLost
 * when the process ended before it said how the publication did.
 */
export function createPublisher(env: Readonly<Record<string, string>>): Publisher {
  return async (task, host) => {
    host.stop.throwIfAborted();
    const running = startProcess({
      command: process.execPath,
      args: [...process.execArgv, program],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    const pipe = running.descriptor(3);
    if (!(pipe instanceof Duplex)) throw new PublisherLost('The publisher did not start');
    const end = converse(pipe, task, host);
    try {
      // A line that was written right before the end is read before the pipe closes.
      return await end.result;
    } finally {
      end.forget();
      running.kill('SIGKILL');
      await running.exited;
    }
  };
}

function converse(pipe: Duplex, task: PublisherTask, host: PublisherHost) {
  const ended = Promise.withResolvers<PublishResult | undefined>();
  const send = (message: ToPublisher) => {
    if (pipe.writable) pipe.write(`${JSON.stringify(message)}\n`);
  };
  const stop = () => send({ type: 'stop', error: encodeError(host.stop.reason) });
  const lost = (cause?: unknown) =>
    ended.reject(new PublisherLost('The publisher ended before its work', { cause }));
  pipe.once('close', () => lost());
  const hear = (message: FromPublisher) => {
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
  splitLines(pipe, maxLineBytes, (line) => {
    try {
      hear(parseLine(FromPublisher, line));
    } catch (error) {
      lost(error);
    }
  });
  send({ type: 'task', task });
  host.stop.addEventListener('abort', stop, { once: true });
  return { result: ended.promise, forget: () => host.stop.removeEventListener('abort', stop) };
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
