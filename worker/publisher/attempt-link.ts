import type { Duplex } from 'node:stream';
import { splitLines } from '../executor/split-lines.ts';
import { parseLine } from './parse-line.ts';
import {
  type FromPublisher,
  maxLineBytes,
  type PublisherAsk,
  type PublisherTask,
  ToPublisher,
} from './protocol.ts';
import { decodeError } from './wire-error.ts';

/** The publisher's end of the pipe to the attempt that started it. */
export type AttemptLink = Readonly<{
  /** The first line. */
  task: Promise<PublisherTask>;
  /** Aborts, with its reason, when the attempt says so. */
  stop: AbortSignal;
  /** Has the attempt do something. Throws what that throws. */
  ask: (ask: PublisherAsk) => Promise<void>;
  note: (text: string) => void;
  /** Says how the work ended; resolves when it is said. */
  end: (last: Extract<FromPublisher, { type: 'done' | 'failed' }>) => Promise<void>;
}>;

/** Speaks with the attempt over the pipe. `onGone` is called when it ended, or, with the error, for a malformed line. */
export function openAttemptLink(pipe: Duplex, onGone: (error?: unknown) => void): AttemptLink {
  const task = Promise.withResolvers<PublisherTask>();
  const stop = new AbortController();
  const open = new Map<number, PromiseWithResolvers<void>>();
  let asked = 0;
  const send = (message: FromPublisher) => pipe.write(`${JSON.stringify(message)}\n`);
  pipe.once('close', () => onGone());
  const hear = (message: ToPublisher) => {
    switch (message.type) {
      case 'task':
        return task.resolve(message.task);
      case 'stop':
        return stop.abort(decodeError(message.error));
      case 'answer': {
        const waiting = open.get(message.id);
        open.delete(message.id);
        if (message.error) waiting?.reject(decodeError(message.error));
        else waiting?.resolve();
        return;
      }
    }
  };
  splitLines(pipe, maxLineBytes, (line) => {
    try {
      hear(parseLine(ToPublisher, line));
    } catch (error) {
      onGone(error);
    }
  });
  return {
    task: task.promise,
    stop: stop.signal,
    ask: (ask) => {
      const waiting = Promise.withResolvers<void>();
      asked += 1;
      open.set(asked, waiting);
      send({ type: 'ask', id: asked, ask });
      return waiting.promise;
    },
    note: (text) => void send({ type: 'note', text }),
    end: (last) =>
      new Promise((resolve) => {
        pipe.end(`${JSON.stringify(last)}\n`, resolve);
      }),
  };
}
