import type { Logger } from 'pino';
import { z } from 'zod';
import type { MessageLedger } from './message-ledger.ts';
import type { LoggedMessage, MessageLog } from './message-log.ts';
import { queueName, RedrivePolicy, SendReply } from './sqs-messages.ts';
import type { Reply } from './upstream.ts';

type Deps = Readonly<{
  messageLog: MessageLog;
  ledger: MessageLedger;
  log: Logger;
  now: () => number;
  /** Sends an SQS call to the engine. */
  post: (action: string, input: unknown) => Promise<Reply>;
}>;

/** A queue that was just made, with the attributes it was made with. */
type MadeQueue = Readonly<{
  QueueUrl: string;
  Attributes?: Readonly<{ RedrivePolicy?: string | undefined }> | undefined;
}>;

/**
 * Sends the logged messages of a queue that this run has not seen yet into the engine's fresh queue, oldest first.
 * Returns when all are there; a message that the engine refuses stays in the log for the next start.
 */
export async function replayQueue(deps: Deps, queue: MadeQueue): Promise<void> {
  const pending = deps.messageLog
    .pending(queueName(queue.QueueUrl))
    .filter(({ id }) => !deps.ledger.isHandedOver(id));
  deps.ledger.handOver(pending.map(({ id }) => id));
  for (const message of pending) await replay(deps, queue, message);
  if (pending.length > 0) deps.log.info({ messages: pending.length }, 'queue replayed');
}

async function replay(deps: Deps, queue: MadeQueue, message: LoggedMessage): Promise<void> {
  await deps.ledger.sending(async () => {
    const deadLetterUrl = usedUpReceives(queue, message);
    const sent =
      (deadLetterUrl && (await sendTo(deps, deadLetterUrl, message))) ||
      (await sendTo(deps, queue.QueueUrl, message));
    if (sent) {
      deps.ledger.bind(sent, message.id);
    } else {
      deps.ledger.takeBack(message.id);
      deps.log.error({ message: message.id }, 'logged message was refused');
    }
  });
}

/**
 * The address of the dead-letter queue when the message was handed out as often as its queue allows. The engine
 * counts from zero in each run, so that a message that ends the process would otherwise come back for ever.
 */
function usedUpReceives(queue: MadeQueue, message: LoggedMessage): string | undefined {
  const text = queue.Attributes?.RedrivePolicy;
  if (!text) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = RedrivePolicy.parse(JSON.parse(text));
  if (message.receives < maxReceiveCount) return undefined;
  const base = queue.QueueUrl.slice(0, queue.QueueUrl.lastIndexOf('/') + 1);
  return base + deadLetterTargetArn.slice(deadLetterTargetArn.lastIndexOf(':') + 1);
}

/** The id of the message in the engine, or undefined when the engine refused it. */
async function sendTo(
  deps: Deps,
  queueUrl: string,
  message: LoggedMessage,
): Promise<string | undefined> {
  const delayMs = Math.max(0, message.visibleAt - deps.now());
  const reply = await deps.post('SendMessage', {
    ...z.record(z.string(), z.unknown()).parse(JSON.parse(message.input)),
    QueueUrl: queueUrl,
    DelaySeconds: Math.ceil(delayMs / 1000),
  });
  if (reply.status !== 200) return undefined;
  return SendReply.safeParse(JSON.parse(reply.body.toString('utf8'))).data?.MessageId;
}
