import type { Case } from '../../family.ts';
import { putMessage } from '../../message-tricks.ts';
import { play } from '../../play.ts';
import { scenarios } from '../../scenarios.ts';
import type { Stack } from '../../stack.ts';

const { edit } = scenarios;

const noise: readonly (readonly [string, string])[] = [
  ['no text', ' '],
  ['no JSON', '{"type":"report"'],
  ['a list', '[]'],
  ['an unknown type', '{"type":"weather"}'],
  ['a report of nobody', '{"type":"report","request_id":"nobody"}'],
  ['a job of nobody', '{"type":"job","job_id":"nobody-1"}'],
  ['a job id without a number', '{"type":"job","job_id":"nobody"}'],
  ['a number for an id', '{"type":"job","job_id":7}'],
  ['a check of nobody', '{"type":"prompts_check","repository_id":1,"head_sha":"nothing"}'],
  ['much', JSON.stringify({ type: 'report', request_id: 'x'.repeat(200_000) })],
];

/** Messages that nobody can read are acknowledged, wherever they lie. */
export const nonsense: readonly Case[] = (
  ['ingest', 'jobs', 'ingestDead', 'jobsDead'] as const
).map((queue) => ({
  id: `messages/malformed/${queue}`,
  run: async (stack) => {
    const during = async () => {
      for (const [, text] of noise) await sendText(stack, queue, { text });
      if (queue.startsWith('ingest')) await sendWebhooks(stack, queue);
    };
    return (await play(stack, edit, { during })).violations;
  },
}));

type QueueName = keyof Stack['queues'];

/** Raw text: the queue of the product would write JSON. */
async function sendText(
  stack: Stack,
  queue: QueueName,
  { text, event }: Readonly<{ text: string; event?: string }>,
): Promise<void> {
  const message = {
    QueueUrl: queueUrl(stack, queue),
    MessageBody: text,
    ...(event === undefined
      ? {}
      : { MessageAttributes: { 'github-event': said(event), 'github-delivery': said('x') } }),
  };
  const body = Buffer.from(JSON.stringify(message));
  const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request';
  await putMessage(stack, { method: 'POST', path: '/', headers: { authorization }, body });
}

function said(StringValue: string) {
  return { DataType: 'String', StringValue };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function sendWebhooks(stack: Stack, queue: QueueName): Promise<void> {
  const texts = ['not base64 at all', base64('{"action":'), base64('{}'), base64('null')];
  for (const event of ['issue_comment', 'check_run', 'pull_request_review', 'no_such_event'])
    for (const text of texts) await sendText(stack, queue, { text, event });
}

function queueUrl({ engines }: Stack, queue: QueueName): string {
  const name = queue.startsWith('ingest') ? 'CODY_QUEUE_INGEST' : 'CODY_QUEUE_JOBS';
  const url = engines[name] ?? '';
  return queue.endsWith('Dead') ? `${url}-dead` : url;
}
