/** Which logged message is which in the running engine: by message id once sent, by receipt handle once received. */
export type MessageLedger = Readonly<{
  /** Marks logged messages as given to the engine in this run, so that they are not replayed into it again. */
  handOver: (ids: readonly number[]) => void;
  takeBack: (id: number) => void;
  isHandedOver: (id: number) => boolean;
  /** Runs a send; receives wait for it, so that no message arrives before its id is known. */
  sending: <T>(send: () => Promise<T>) => Promise<T>;
  bind: (messageId: string, id: number) => void;
  /** The ids of those messages that are logged; their receipt handles are noted. */
  received: (
    messages: readonly Readonly<{ MessageId: string; ReceiptHandle: string }>[],
  ) => Promise<number[]>;
  /** The id of the message that this receipt handle ends, or undefined when it is not a logged one. */
  deleted: (receiptHandle: string) => number | undefined;
}>;

type Entry = Readonly<{ id: number; messageId: string; receiptHandles: string[] }>;

/** Returns an empty ledger. */
export function createMessageLedger(): MessageLedger {
  const handedOver = new Set<number>();
  const byMessageId = new Map<string, Entry>();
  const byReceiptHandle = new Map<string, Entry>();
  const sends = new Set<Promise<unknown>>();

  return {
    handOver: (ids) => ids.forEach((id) => handedOver.add(id)),
    takeBack: (id) => void handedOver.delete(id),
    isHandedOver: (id) => handedOver.has(id),
    sending: async (send) => {
      const sent = send();
      sends.add(sent);
      try {
        return await sent;
      } finally {
        sends.delete(sent);
      }
    },
    bind: (messageId, id) => void byMessageId.set(messageId, { id, messageId, receiptHandles: [] }),
    received: async (messages) => {
      await Promise.allSettled(sends);
      return messages.flatMap(({ MessageId, ReceiptHandle }) => {
        const entry = byMessageId.get(MessageId);
        if (!entry) return [];
        entry.receiptHandles.push(ReceiptHandle);
        byReceiptHandle.set(ReceiptHandle, entry);
        return [entry.id];
      });
    },
    deleted: (receiptHandle) => {
      const entry = byReceiptHandle.get(receiptHandle);
      if (!entry) return undefined;
      byMessageId.delete(entry.messageId);
      for (const handle of entry.receiptHandles) byReceiptHandle.delete(handle);
      handedOver.delete(entry.id);
      return entry.id;
    },
  };
}
