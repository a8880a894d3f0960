import { createHmac, randomUUID } from 'node:crypto';
import type { AppBench } from '../app-bench.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';

type WebhookCase = CaseOf<'webhook'>;

/** Sends bytes to the door of webhooks and looks at what the App made of them. */
export async function playWebhook(bench: AppBench, one: WebhookCase): Promise<Verdict> {
  const body = await bodyOf(bench, one);
  const headers = headersOf(bench, one, body);
  const statuses: number[] = [];
  const seen = await bench.observe(async () => {
    for (let copy = 0; copy < one.copies; copy += 1) statuses.push(await bench.send(body, headers));
  });
  const wrong = statuses.filter((status) => status !== one.status);
  const writes = seen.writes.map(({ method, path }) => `${method} ${path}`);
  return verdict('webhook', one.id, {
    leaks: seen.leaks,
    escapes: seen.jobs.length > one.starts ? [`${seen.jobs.length} jobs started`] : [],
    writes: one.starts === 0 ? writes : [],
    problems: [
      ...wrong.map((status) => `answered ${status}, not ${one.status}`),
      ...(seen.jobs.length < one.starts ? ['no job started'] : []),
    ],
  });
}

async function bodyOf(bench: AppBench, one: WebhookCase): Promise<Buffer> {
  if (one.bytes !== undefined) return Buffer.from(one.bytes, 'base64');
  const text = one.body ?? JSON.stringify(await bench.payload(one.change));
  const { many } = one;
  return Buffer.from(
    many === undefined ? text : text.replace('{{many}}', () => many.text.repeat(many.times)),
  );
}

function headersOf(bench: AppBench, one: WebhookCase, body: Buffer): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-github-event': 'issue_comment',
    'x-github-delivery': randomUUID(),
    ...signatureOf(bench, one.signature, body),
  };
  for (const [name, value] of Object.entries(one.headers)) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return headers;
}

function signatureOf(
  { signature }: AppBench,
  kind: WebhookCase['signature'],
  body: Buffer,
): Record<string, string> {
  const name = 'x-hub-signature-256';
  const good = signature(body);
  switch (kind) {
    case 'valid':
      return { [name]: good };
    case 'none':
      return {};
    case 'sha1':
      return {
        'x-hub-signature': `sha1=${createHmac('sha1', 'a secret for webhooks').update(body).digest('hex')}`,
      };
    case 'other_secret':
      return { [name]: signature(body, 'another secret for webhooks') };
    case 'other_body':
      return { [name]: signature('{}') };
    case 'truncated':
      return { [name]: good.slice(0, -2) };
    case 'upper':
      return { [name]: good.toUpperCase() };
    case 'bare':
      return { [name]: good.slice('sha256='.length) };
  }
}
