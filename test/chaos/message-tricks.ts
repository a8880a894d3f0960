import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Call, type CallRequest, type Interposer, pass, type Verdict } from './call.ts';
import { jsonAnswer } from './faults/answers.ts';
import type { Stack } from './stack.ts';

/** One way to treat a message that the product sends. */
export type Trick = (call: Call, post: Post) => Verdict | undefined;

/** Puts a message of the product into its queue, after a wait; once more or, where it was held back, for once. */
export type Post = (request: CallRequest, waitMs: number) => void;

/** A case's tricks at work. */
export type Tricks = Readonly<{
  interposer: Interposer;
  /** How many messages a trick was played on. */
  played: () => number;
  /** Everything that was sent, the oldest first. */
  sent: () => readonly CallRequest[];
  /** Resolves when no message is held back any more. */
  delivered: () => Promise<void>;
}>;

/** Plays a trick on every message that is sent. */
export function playTricks(stack: Stack, trick: Trick): Tricks {
  const sent: CallRequest[] = [];
  const held = new Set<Promise<void>>();
  let played = 0;
  const post: Post = (request, waitMs) => {
    const work = sleep(waitMs)
      .then(() => putMessage(stack, request))
      .finally(() => held.delete(work));
    held.add(work);
  };
  return {
    interposer: (call) => {
      if (!isMessage(call)) return pass;
      sent.push(call.request);
      const verdict = trick(call, post);
      if (verdict === undefined) return pass;
      played += 1;
      return verdict;
    },
    played: () => played,
    sent: () => sent,
    delivered: async () => {
      while (held.size > 0) await Promise.all(held);
    },
  };
}

/** Whether a call sends a message into a queue of the product. */
export function isMessage({ service, name }: Pick<Call, 'service' | 'name'>): boolean {
  return service === 'sqs' && name.startsWith('SendMessage ');
}

/** Sends what the product sent once more, straight into the queue. Throws when the queue refuses. */
export async function putMessage(stack: Stack, { headers, body }: CallRequest): Promise<void> {
  const answer = await fetch(stack.engines['AWS_ENDPOINT_URL_SQS'] ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessage',
      authorization: headers.authorization ?? '',
    },
    body: new Uint8Array(body),
  });
  if (!answer.ok) throw new Error(`The queue refused a message: ${await answer.text()}`);
}

const Sent = z.looseObject({ MessageBody: z.string() });
const Attributes = z.record(z.string(), z.looseObject({ StringValue: z.string().optional() }));

/** What SQS answers to a message that it took; here nobody has it. */
export function taken({ request }: Call): Verdict {
  const { MessageBody } = Sent.parse(JSON.parse(request.body.toString('utf8')));
  const answer = jsonAnswer(
    200,
    {
      MessageId: randomUUID(),
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    },
    { 'content-type': 'application/x-amz-json-1.0' },
  );
  return { type: 'reply', answer };
}

/** The same webhook under another GUID, as a delivery that somebody sends again by hand. */
export function underNewGuid(request: CallRequest): CallRequest {
  const message = Sent.extend({ MessageAttributes: Attributes }).parse(
    JSON.parse(request.body.toString('utf8')),
  );
  const delivery = { DataType: 'String', StringValue: randomUUID() };
  const MessageAttributes = { ...message.MessageAttributes, 'github-delivery': delivery };
  return { ...request, body: Buffer.from(JSON.stringify({ ...message, MessageAttributes })) };
}
