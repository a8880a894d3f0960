import { embedMetrics } from '../../core/embed-metrics.ts';
import { settingsRefused, webhookMetrics } from '../../core/metrics.ts';
import { createReceive, type Receive } from '../receive.ts';
import { createSendWebhook } from '../send-webhook.ts';
import { createStoredSecrets } from '../stored-secrets.ts';

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

const aws = {
  region: env['AWS_REGION'] ?? 'us-east-1',
  credentials: () => ({
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    sessionToken: env['AWS_SESSION_TOKEN'],
  }),
};

const send = createSendWebhook({ ...aws, queueUrl, endpoint: env['AWS_ENDPOINT_URL_SQS'] });
const namespace = env['CODY_METRICS'] ?? '';
/** As pino writes its lines. */
const log = ({ message: msg = '', ...fields }: Readonly<Record<string, string | number>>) => {
  const line = { ...fields, msg };
  const counts = { namespace, metrics: [...webhookMetrics, settingsRefused], at: Date.now() };
  const written = namespace === '' ? line : embedMetrics(line, counts);
  process.stdout.write(`${JSON.stringify(written)}\n`);
};
const secrets = secretsOf([env['WEBHOOK_SECRET'] ?? '', env['WEBHOOK_SECRET_PREVIOUS'] ?? '']);

/** Handles a function URL event (payload format 2.0), whose header names are in lower case. */
export async function handler(event: FunctionUrlEvent) {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');
  const receive = receiver(await secrets());
  const { status, body: text = '' } = await receive({ headers: event.headers, body });
  return { statusCode: status, body: text };
}

let working: Receive | undefined;

/** With the secrets; with those before, if they cannot be used: too short, or taken away. Throws if there were none. */
function receiver(present: readonly string[]): Receive {
  try {
    working = createReceive({ secrets: present, send, log });
  } catch (error) {
    if (!working) throw error;
    log({
      level: 'error',
      parameters: 'WEBHOOK_SECRET',
      message: 'Changed settings cannot be used',
    });
  }
  return working;
}

/** Both secrets as they stand in the environment, or in the parameters that it names (`ssm:<name>`). */
function secretsOf(given: readonly string[]): () => Promise<readonly string[]> {
  const set = given.filter((value) => value !== '');
  const names = set.flatMap((value) => (value.startsWith('ssm:') ? [value.slice(4)] : []));
  if (names.length === 0) return () => Promise.resolve(set);
  const endpoint = env['AWS_ENDPOINT_URL_SSM'];
  return createStoredSecrets({ ...aws, names, endpoint, now: Date.now });
}
