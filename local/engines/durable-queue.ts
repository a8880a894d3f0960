import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { type LoopbackServer, readBody, startLoopbackServer } from './loopback-server.ts';
import { createMessageLedger, type MessageLedger } from './message-ledger.ts';
import type { MessageLog } from './message-log.ts';
import {
  BatchReply,
  CreateQueue,
  CreateReply,
  DeleteMessage,
  DeleteMessageBatch,
  QueueCall,
  queueName,
  ReceiveReply,
  SendMessage,
  SendMessageBatch,
  SendReply,
} from './sqs-messages.ts';
import { replayQueue } from './replay-queue.ts';
import type { Reply, Upstream } from './upstream.ts';

/** What the front needs: the queues to keep, where to keep them, and the engine behind. */
export type DurableQueueOptions = Readonly<{
  queues: readonly string[];
  messageLog: MessageLog;
  upstream: Upstream;
  port?: number;
  log: Logger;
}>;

/** One SQS call: its input, and how to send it (or another one in its name) to the engine. */
type Call = Readonly<{
  input: unknown;
  forward: () => Promise<Reply>;
  post: (action: string, input: unknown) => Promise<Reply>;
  /** True when nobody waits for the answer any more. */
  isAbandoned: () => boolean;
}>;

type Deps = Readonly<{
  durable: ReadonlySet<string>;
  messageLog: MessageLog;
  ledger: MessageLedger;
  log: Logger;
  now: () => number;
}>;

/**
 * Starts an HTTP front on 127.0.0.1 for an SQS engine that keeps messages in memory, and returns its address.
 * A message to one of `queues` (standard queues; throws on a FIFO name) is on disk before its sender has an answer,
 * and stays there until it is deleted from the queue it sits in, a dead-letter queue included. After a crash the
 * messages come back when their queue is made again, with what is left of their delay, at least once each. A
 * message that has used up its receives over several runs comes back in the dead-letter queue.
 * Everything else, other protocols included, goes through untouched.
 */
export async function startDurableQueue(options: DurableQueueOptions): Promise<LoopbackServer> {
  const fifo = options.queues.find((name) => name.endsWith('.fifo'));
  if (fifo) throw new Error(`A durable queue must be a standard queue: ${fifo}`);
  const deps: Deps = {
    durable: new Set(options.queues),
    messageLog: options.messageLog,
    ledger: createMessageLedger(),
    log: options.log,
    now: Date.now,
  };
  return await startLoopbackServer((request, response) => {
    const action = /^AmazonSQS\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1];
    const handle = action === undefined ? undefined : handlers.get(action);
    if (!handle) return options.upstream.pipe(request, response);
    answer({ handle, deps, upstream: options.upstream }, request, response).catch((error) => {
      const level = response.destroyed ? 'debug' : 'error';
      options.log[level]({ err: error, action }, 'SQS call failed');
      response.destroy();
    });
  }, options.port);
}

type Handle = (deps: Deps, call: Call) => Promise<Reply>;

const handlers: ReadonlyMap<string, Handle> = new Map<string, Handle>([
  ['CreateQueue', create],
  ['SendMessage', send],
  ['SendMessageBatch', sendBatch],
  ['ReceiveMessage', receive],
  ['DeleteMessage', remove],
  ['DeleteMessageBatch', removeBatch],
  ['PurgeQueue', removeQueue],
  ['DeleteQueue', removeQueue],
]);

async function answer(
  { handle, deps, upstream }: { handle: Handle; deps: Deps; upstream: Upstream },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const reply = await handle(deps, {
    input: parseJson(body),
    forward: () => upstream.post(request.headers, body),
    post: (action, input) =>
      upstream.post(asAction(request.headers, action), Buffer.from(JSON.stringify(input))),
    isAbandoned: () => response.destroyed,
  });
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

function asAction(headers: IncomingHttpHeaders, action: string): IncomingHttpHeaders {
  return { ...headers, 'x-amz-target': `AmazonSQS.${action}` };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}

/** The answer's content when the call succeeded and has the shape. */
function contentOf<T>(reply: Reply, shape: z.ZodType<T>): T | undefined {
  if (reply.status !== 200) return undefined;
  return shape.safeParse(parseJson(reply.body)).data;
}

async function create(deps: Deps, call: Call): Promise<Reply> {
  const reply = await call.forward();
  const queueUrl = contentOf(reply, CreateReply)?.QueueUrl;
  const input = CreateQueue.safeParse(call.input).data;
  if (queueUrl && input) {
    await replayQueue({ ...deps, post: call.post }, { ...input, QueueUrl: queueUrl });
  }
  return reply;
}

async function send(deps: Deps, call: Call): Promise<Reply> {
  const input = SendMessage.safeParse(call.input).data;
  if (!input || !deps.durable.has(queueName(input.QueueUrl))) return await call.forward();
  return await deps.ledger.sending(async () => {
    const [id = 0] = append(deps, input.QueueUrl, [input]);
    const reply = await call.forward();
    const messageId = contentOf(reply, SendReply)?.MessageId;
    if (messageId) deps.ledger.bind(messageId, id);
    else deps.messageLog.remove([id]);
    return reply;
  });
}

async function sendBatch(deps: Deps, call: Call): Promise<Reply> {
  const input = SendMessageBatch.safeParse(call.input).data;
  if (!input || !deps.durable.has(queueName(input.QueueUrl))) return await call.forward();
  return await deps.ledger.sending(async () => {
    const ids = append(deps, input.QueueUrl, input.Entries);
    const reply = await call.forward();
    const sent = contentOf(reply, BatchReply)?.Successful ?? [];
    const refused = ids.filter((id, index) => {
      const entry = sent.find(({ Id }) => Id === input.Entries[index]?.Id);
      if (entry) deps.ledger.bind(entry.MessageId, id);
      return !entry;
    });
    if (refused.length > 0) deps.messageLog.remove(refused);
    return reply;
  });
}

function append(
  deps: Deps,
  queueUrl: string,
  messages: readonly Readonly<{ DelaySeconds?: number | undefined }>[],
): number[] {
  const ids = deps.messageLog.append(
    messages.map((message) => ({
      queue: queueName(queueUrl),
      input: JSON.stringify({ ...message, Id: undefined, QueueUrl: undefined }),
      visibleAt: deps.now() + (message.DelaySeconds ?? 0) * 1000,
    })),
  );
  deps.ledger.handOver(ids);
  return ids;
}

async function receive(deps: Deps, call: Call): Promise<Reply> {
  const reply = await call.forward();
  const messages = contentOf(reply, ReceiveReply)?.Messages ?? [];
  if (messages.length === 0) return reply;
  const queueUrl = QueueCall.parse(call.input).QueueUrl;
  const ids = await deps.ledger.received(messages);
  if (ids.length > 0) deps.messageLog.received(ids, queueName(queueUrl));
  if (call.isAbandoned()) {
    // The client went away during its long poll: without this the messages would wait for their time-out.
    const Entries = messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await call.post('ChangeMessageVisibilityBatch', { QueueUrl: queueUrl, Entries });
  }
  return reply;
}

async function remove(deps: Deps, call: Call): Promise<Reply> {
  const reply = await call.forward();
  const input = DeleteMessage.safeParse(call.input).data;
  if (input && reply.status === 200) done(deps, [input.ReceiptHandle]);
  return reply;
}

async function removeBatch(deps: Deps, call: Call): Promise<Reply> {
  const reply = await call.forward();
  const input = DeleteMessageBatch.safeParse(call.input).data;
  if (input && reply.status === 200) {
    done(
      deps,
      input.Entries.map(({ ReceiptHandle }) => ReceiptHandle),
    );
  }
  return reply;
}

function done(deps: Deps, receiptHandles: readonly string[]): void {
  const ids = receiptHandles.flatMap((handle) => deps.ledger.deleted(handle) ?? []);
  if (ids.length > 0) deps.messageLog.remove(ids);
}

async function removeQueue(deps: Deps, call: Call): Promise<Reply> {
  const reply = await call.forward();
  const input = QueueCall.safeParse(call.input).data;
  if (input && reply.status === 200) deps.messageLog.removeQueue(queueName(input.QueueUrl));
  return reply;
}
