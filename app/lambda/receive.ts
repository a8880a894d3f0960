import { createReceive } from '../receive.ts';
import { createSendWebhook } from '../send-webhook.ts';

/*
 * The one Lambda that GitHub waits for. Its environment is read by hand, because a schema library would cost more
 * than everything else here.
 */

type FunctionUrlEvent = Readonly<{
  headers: Readonly<Record<string, string | undefined>>;
  body?: string;
  isBase64Encoded?: boolean;
}>;

const env = process.env;
const queueUrl = env['CODY_QUEUE_INGEST'] ?? '';
if (queueUrl === '') throw new Error('CODY_QUEUE_INGEST is missing');

const before = env['WEBHOOK_SECRET_PREVIOUS'] ?? '';
const previous = before === '' ? [] : [before];

const receive = createReceive({
  secrets: [env['WEBHOOK_SECRET'] ?? '', ...previous],
  send: createSendWebhook({
    queueUrl,
    region: env['AWS_REGION'] ?? 'us-east-1',
    endpoint: env['AWS_ENDPOINT_URL_SQS'],
    credentials: () => ({
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: env['AWS_SESSION_TOKEN'],
    }),
  }),
  log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
});

/** Handles a function URL event (payload format 2.0), whose header names are in lower case. */
export async function handler(event: FunctionUrlEvent) {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');
  const { status, body: text = '' } = await receive({ headers: event.headers, body });
  return { statusCode: status, body: text };
}
