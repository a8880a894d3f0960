import type { Outbox } from '../../../core/queue.ts';
import type { QueueRecord } from '../../../app/ingest.ts';

/** A message of a queue in memory. Times are Unix ms. */
export type Message = {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receives: number;
};

/** A standard queue: any order, at least once. Whoever takes a message does it by hand. */
export type MemoryQueue = {
  readonly messages: Message[];
  readonly dead: Message[];
  readonly outbox: (send: (act: () => Promise<void>) => Promise<void>) => Outbox;
  readonly visible: () => readonly Message[];
};

export const visibilityMs = 180_000;
export const maxReceives = 5;

export function createMemoryQueue(name: string, now: () => number): MemoryQueue {
  const messages: Message[] = [];
  let ids = 0;
  return {
    messages,
    dead: [],
    outbox: (send) => ({
      send: (body, { delaySeconds = 0 } = {}) =>
        send(async () => {
          ids += 1;
          const visibleAt = now() + delaySeconds * 1_000;
          messages.push({
            id: `${name}-${ids}`,
            body: JSON.stringify(body),
            visibleAt,
            receives: 0,
          });
        }),
    }),
    visible: () => messages.filter(({ visibleAt }) => visibleAt <= now()),
  };
}

/** A message as a handler gets it. */
export function recordOf({ id, body }: Message): QueueRecord {
  return { id, body, attributes: {} };
}
