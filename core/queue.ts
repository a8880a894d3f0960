import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsTarget, requestLimits } from './aws.ts';

/** Who waits behind whom (fair queues), and for how long nobody sees the message. */
export type SendOptions = Readonly<{ groupId?: string; delaySeconds?: number }>;

/** A message as it was received. */
export type ReceivedMessage = Readonly<{
  id: string;
  body: string;
  receipt: string;
  receives: number;
  attributes: Readonly<Record<string, string>>;
}>;

/** A queue as its senders see it. */
export type Outbox = Readonly<{ send: (body: unknown, options?: SendOptions) => Promise<void> }>;

/** A queue as whoever polls it sees it. Depth counts visible, delayed and in-flight messages. */
export type Queue = Outbox &
  Readonly<{
    receive: (options: {
      max: number;
      waitSeconds: number;
      visibilitySeconds: number;
      signal?: AbortSignal;
    }) => Promise<readonly ReceivedMessage[]>;
    remove: (receipt: string) => Promise<void>;
    /** Nobody sees a received message for this long (whole seconds, at most 12 h), then it is delivered again. */
    hide: (receipt: string, seconds: number) => Promise<void>;
    depth: () => Promise<number>;
  }>;

/** The part of a queue over SQS that its senders need. `send` writes JSON and throws the SDK's errors after its own retries. */
export function createOutbox(options: { aws: AwsTarget; url: string }): Outbox {
  return outbox(sqsClient(options.aws), options.url);
}

/**
 * A queue over SQS. `send` writes JSON. Throws the SDK's errors after its own retries.
 * The queue's URL is not used as an endpoint, so that `AWS_ENDPOINT_URL_SQS` decides.
 */
export function createQueue(options: { aws: AwsTarget; url: string }): Queue {
  const client = sqsClient(options.aws);
  const queue = { QueueUrl: options.url };
  return {
    ...outbox(client, options.url),
    async receive({ max, waitSeconds, visibilitySeconds, signal }) {
      const answer = await client.send(
        new ReceiveMessageCommand({
          ...queue,
          MaxNumberOfMessages: max,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: visibilitySeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        { abortSignal: signal },
      );
      return (answer.Messages ?? []).map(received);
    },
    async remove(receipt) {
      await client.send(new DeleteMessageCommand({ ...queue, ReceiptHandle: receipt }));
    },
    async hide(receipt, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          ...queue,
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }),
      );
    },
    async depth() {
      const answer = await client.send(
        new GetQueueAttributesCommand({
          ...queue,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesDelayed',
            'ApproximateNumberOfMessagesNotVisible',
          ],
        }),
      );
      return Object.values(answer.Attributes ?? {}).reduce((sum, value) => sum + Number(value), 0);
    },
  };
}

function outbox(client: SQSClient, url: string): Outbox {
  return {
    async send(body, { groupId, delaySeconds } = {}) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: JSON.stringify(body),
          MessageGroupId: groupId,
          DelaySeconds: delaySeconds,
        }),
      );
    },
  };
}

/** A queue with its dead-letter queue, by URL. */
export type QueuePair = Readonly<{ url: string; deadLetterUrl: string }>;

/** What an engine on this machine needs to make a queue; on AWS the deployment creates it. */
export type EnsureQueue = Readonly<{
  aws: AwsTarget;
  name: string;
  maxReceives: number;
  visibilitySeconds: number;
}>;

/** Creates a queue and its dead-letter queue (`<name>-dead`) when they are missing, and returns their URLs. */
export async function ensureQueue(options: EnsureQueue): Promise<QueuePair> {
  const client = sqsClient(options.aws);
  const create = async (name: string, attributes: Record<string, string>) => {
    const answer = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
    );
    if (!answer.QueueUrl) throw new Error(`The queue ${name} was not created`);
    return answer.QueueUrl;
  };
  try {
    const deadLetterUrl = await create(`${options.name}-dead`, {});
    const deadLetters = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLetterUrl, AttributeNames: ['QueueArn'] }),
    );
    const url = await create(options.name, {
      VisibilityTimeout: String(options.visibilitySeconds),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.Attributes?.QueueArn,
        maxReceiveCount: options.maxReceives,
      }),
    });
    return { url, deadLetterUrl };
  } finally {
    client.destroy();
  }
}

function sqsClient(aws: AwsTarget): SQSClient {
  return new SQSClient({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: aws.credentials,
    requestHandler: requestLimits(30_000),
    useQueueUrlAsEndpoint: false,
  });
}

function received(message: Message): ReceivedMessage {
  const attributes = Object.entries(message.MessageAttributes ?? {}).flatMap(([name, value]) =>
    value.StringValue === undefined ? [] : [[name, value.StringValue] as const],
  );
  return {
    id: message.MessageId ?? '',
    body: message.Body ?? '',
    receipt: message.ReceiptHandle ?? '',
    receives: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    attributes: Object.fromEntries(attributes),
  };
}
