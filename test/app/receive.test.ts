import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createReceive, maxBodyBytes, type WebhookMessage } from '../../app/receive.ts';
import { webhookAttributes } from '../../core/message.ts';

const secret = 'a secret of many bytes';
const guid = '0b989ba4-242f-11e5-81e1-c7b6966d2516';

type Change = {
  event?: string;
  headers?: Record<string, string | undefined>;
  secrets?: string[];
  signWith?: string;
  fail?: boolean;
};

async function deliver(body: string | Uint8Array, change: Change = {}) {
  const sent: WebhookMessage[] = [];
  const lines: Readonly<Record<string, string | number>>[] = [];
  const raw = Buffer.from(body);
  const receive = createReceive({
    secrets: change.secrets ?? [secret],
    send: async (message) => {
      if (change.fail) throw new Error('down');
      sent.push(message);
    },
    log: (line) => lines.push(line),
  });
  const digest = createHmac('sha256', change.signWith ?? secret)
    .update(raw)
    .digest('hex');
  const answer = await receive({
    headers: {
      'x-github-event': change.event ?? 'issue_comment',
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${digest}`,
      ...change.headers,
    },
    body: raw,
  });
  return { ...answer, sent, line: lines[0]! };
}

const comment = (text: string, action = 'created') =>
  JSON.stringify({ action, comment: { body: text } });

const large = (text: string) => comment(`${text}${' '.repeat(maxBodyBytes)}`);

describe('a delivery that is meant for us', () => {
  it('is queued as its raw bytes, with event and delivery as attributes', async () => {
    const body = comment('/cody Fix the «sums»');
    const { status, sent } = await deliver(body);
    expect(status).toBe(202);
    expect(sent).toEqual([
      {
        body: Buffer.from(body).toString('base64'),
        attributes: {
          [webhookAttributes.event]: 'issue_comment',
          [webhookAttributes.delivery]: guid,
        },
      },
    ]);
  });

  it.each([
    ['a remark on a line', 'pull_request_review_comment', 'created'],
    ['a submitted review', 'pull_request_review', 'submitted'],
  ])('passes when it is %s with the word', async (...[, event, action]) => {
    expect((await deliver(comment('/cody x', action), { event })).sent).toHaveLength(1);
    expect((await deliver(comment('Thanks', action), { event })).sent).toEqual([]);
    expect((await deliver(comment('/cody x', 'edited'), { event })).sent).toEqual([]);
  });

  it('passes when its JSON escapes the slash', async () => {
    expect((await deliver(comment('/cody x').replace('/', '\\/'))).sent).toHaveLength(1);
  });

  it.each([
    ['a press on a button', 'check_run', '{"action":"requested_action"}'],
    ['a run that is asked for again', 'check_run', '{"action": "rerequested"}'],
    ['a failed check', 'check_run', '{"action":"completed","check_run":{"conclusion":"failure"}}'],
    ['a new head', 'pull_request', '{"action":"synchronize"}'],
  ])('is %s', async (_, event, body) => {
    expect((await deliver(body, { event })).sent).toHaveLength(1);
  });

  it('passes with the secret that was valid before the last change', async () => {
    const secrets = ['another secret of bytes', secret];
    expect((await deliver(comment('/cody x'), { secrets })).status).toBe(202);
  });

  it('is answered with 503 when the queue does not take it', async () => {
    expect((await deliver(comment('/cody x'), { fail: true })).status).toBe(503);
  });

  it('passes up to the largest size that fits into a message', async () => {
    const body = comment('/cody x');
    const padded = body + ' '.repeat(maxBodyBytes - body.length);
    const { status, sent } = await deliver(padded);
    expect(status).toBe(202);
    expect(sent[0]!.body.length).toBeLessThan(1_048_576 - 1_000);
  });
});

describe('a delivery without a valid signature', () => {
  it.each([
    ['has none', { 'x-hub-signature-256': undefined }],
    ['has a SHA-1 one only', { 'x-hub-signature-256': undefined, 'x-hub-signature': 'sha1=0' }],
    ['has a wrong one', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
    ['has a short one', { 'x-hub-signature-256': 'sha256=00' }],
    ['has one of another kind', { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` }],
  ])('is refused when it %s', async (_, headers) => {
    const { status, sent } = await deliver(comment('/cody x'), { headers });
    expect(status).toBe(401);
    expect(sent).toEqual([]);
  });

  it('is refused when another secret signed it', async () => {
    const { status } = await deliver(comment('/cody x'), { signWith: 'somebody else entirely' });
    expect(status).toBe(401);
  });
});

describe('a delivery that is not for us', () => {
  it.each([
    ['another event', { event: 'push' }, comment('/cody x'), 'event not handled'],
    [
      'a suite that a push has asked for',
      { event: 'check_suite' },
      '{"action":"requested","check_suite":{"conclusion":null}}',
      'action not handled',
    ],
    [
      'a check that did not fail',
      { event: 'check_run' },
      '{"action":"completed","check_run":{"conclusion":"success"}}',
      'no failure',
    ],
    [
      'a closed pull request',
      { event: 'pull_request' },
      '{"action":"closed"}',
      'action not handled',
    ],
    ['an edited comment', {}, comment('/cody x', 'edited'), 'action not handled'],
    ['a comment without the word', {}, comment('Thanks'), 'no /cody'],
    ['an event with a name from Object', { event: 'constructor' }, '{}', 'event not handled'],
  ])('is ignored: %s', async (...[, change, body, outcome]) => {
    const { status, sent, line } = await deliver(body, change);
    expect({ status, sent, outcome: line['outcome'] }).toEqual({ status: 202, sent: [], outcome });
  });
});

describe('a delivery that nobody can read', () => {
  const bomb = `{"action":"created","a":"/cody","b":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  it.each([
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    ],
    ['no JSON', '{"action":"created", /cody'],
    ['an array', '["/cody"]'],
    ['a text', '"/cody"'],
    ['nothing', ''],
    ['a nested bomb', bomb],
  ])('is refused: %s', async (_, body) => {
    const { status, sent } = await deliver(body);
    expect({ status, sent }).toEqual({ status: 400, sent: [] });
  });

  it('is refused without a delivery id or an event name', async () => {
    for (const headers of [{ 'x-github-delivery': undefined }, { 'x-github-event': 'a b' }])
      expect((await deliver(comment('/cody x'), { headers })).status).toBe(400);
  });

  it('counts brackets inside of texts as text', async () => {
    expect((await deliver(comment(`/cody ${'['.repeat(1_000)}\\"[[`))).status).toBe(202);
  });
});

describe('a delivery that is too large', () => {
  it('is refused with its id in the log when it would pass', async () => {
    const { status, line, sent } = await deliver(large('/cody x'));
    expect({ status, sent }).toEqual({ status: 413, sent: [] });
    expect(line).toMatchObject({ delivery: guid, outcome: 'too large' });
  });

  it('is ignored when it would not pass', async () => {
    expect((await deliver(large('Thanks'))).status).toBe(202);
  });
});

describe('receive', () => {
  it.each([[[]], [['']], [['short']], [[secret, '']]])('refuses to start with %j', (secrets) => {
    const deps = { secrets, send: async () => undefined, log: () => undefined };
    expect(() => createReceive(deps)).toThrow(/empty or shorter/);
  });

  it('logs no body', async () => {
    const { line } = await deliver(comment('/cody a private thing'));
    expect(JSON.stringify(line)).not.toContain('private');
  });
});
