import { type Credentials, signV4 } from '../core/sigv4.ts';
import { post } from './post.ts';
import type { WebhookMessage } from './receive.ts';

type Options = Readonly<{
  queueUrl: string;
  region: string;
  /** Where SQS is reached when it is not AWS's own. */
  endpoint?: string | undefined;
  /** Asked for each message, because a Lambda's credentials change. */
  credentials: () => Credentials;
  timeoutMs?: number;
}>;

/**
 * Returns a function that puts a webhook into a queue by SQS's JSON protocol, without the SDK. It tries twice, and
 * throws when SQS did not take the message.
 */
export function createSendWebhook(options: Options): (message: WebhookMessage) => Promise<void> {
  const url = new URL(options.endpoint ?? `https://sqs.${options.region}.amazonaws.com/`);
  return async (message) => {
    const body = JSON.stringify({
      QueueUrl: options.queueUrl,
      MessageBody: message.body,
      MessageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, value]) => [
          name,
          { DataType: 'String', StringValue: value },
        ]),
      ),
    });
    if (await sent(url, { body, options })) return;
    if (await sent(url, { body, options })) return;
    throw new Error('SQS did not take the message');
  };
}

async function sent(
  url: URL,
  { body, options }: { body: string; options: Options },
): Promise<boolean> {
  const { host: _, ...headers } = signV4(
    {
      url,
      service: 'sqs',
      region: options.region,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.SendMessage',
      },
      body,
      now: new Date(),
    },
    options.credentials(),
  );
  try {
    const { status } = await post(url, { headers, body }, options.timeoutMs ?? 3_000);
    return status === 200;
  } catch {
    // A lost connection counts like a refusal: the caller tries again or tells GitHub.
    return false;
  }
}
