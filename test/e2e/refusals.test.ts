import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  botComments,
  botReactions,
  fixPrompt,
  reply,
  type Running,
  signedHeaders,
  startRunning,
  until,
  view,
} from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

beforeAll(async () => {
  stack = await startRunning();
  await stack.broken('web-app', 'web-app');
  await stack.repository({ name: 'old-app', archived: true, files: { 'README.md': '# old\n' } });
  await stack.repository({ name: 'empty-app' });
  await stack.repository({ name: 'secret-app', private: true, files: { 'README.md': '# s\n' } });
  await stack.repository({
    name: 'read-app',
    collaborators: { requester: 'read' },
    files: { 'README.md': '# read\n' },
  });
  stack.github.seed.organization({ login: 'elsewhere' });
  await stack.github.seed.repository({
    owner: 'elsewhere',
    name: 'tool',
    files: { 'README.md': '# tool\n' },
    collaborators: { requester: 'write' },
  });
});

afterAll(() => stack?.close());

/** The one reply to a comment on a new issue of acme/web-app. */
async function refusal(options: string): Promise<string> {
  const place = { name: 'web-app', issue: stack.issue('web-app') };
  const asked = await stack.comment(place, `/cody ${options} ${fixPrompt}`);
  const text = await reply(stack, asked);
  expect(await botComments(stack, place)).toHaveLength(1);
  return text.replace(/<!-- cody-batch:reply:\w+ -->/, '').trim();
}

describe('a request that is refused', () => {
  it.each([
    ['no permission in the target', '--repo acme/read-app', 'write permission in `acme/read-app`'],
    ['an unknown target', '--repo acme/no-such-app', '`acme/no-such-app` does not exist'],
    ['a target without the App', '--repo elsewhere/tool', 'install the App'],
    ['an archived target', '--repo acme/old-app', 'archived'],
    ['an empty target', '--repo acme/empty-app', 'no commit yet'],
    [
      'six targets',
      [1, 2, 3, 4, 5, 6].map((number) => `--repo acme/app-${number}`).join(' '),
      'at most 5',
    ],
    ['an unknown option', '--rpeo acme/web-app', '`--repo`'],
  ])('for %s gets one reply that names the problem', async (_, options, words) => {
    expect(await refusal(options)).toContain(words);
  });

  it('tells no one whether a private repository exists', async () => {
    const exists = await refusal('--repo acme/secret-app');
    const missing = await refusal('--repo acme/hidden-app');
    expect(exists.replaceAll('secret-app', 'hidden-app')).toBe(missing);
  });

  it('tells a person without write permission so', async () => {
    const place = { name: 'web-app', issue: stack.issue('web-app') };
    const asked = await stack.comment(place, `/cody ${fixPrompt}`, stack.outsider);
    expect(await reply(stack, asked)).toContain('write permission in `acme/web-app`');
  });
});

describe('what is not a command', () => {
  it('gets neither a reply nor a reaction', async () => {
    const place = { name: 'web-app', issue: stack.issue('web-app') };
    const silent = [
      await stack.comment(place, 'Could someone type /cody here?'),
      await stack.comment(place, `> /cody ${fixPrompt}`),
      await stack.comment(place, `\`\`\`\n/cody ${fixPrompt}\n\`\`\``),
      await stack.comment(place, `<!--\n/cody ${fixPrompt}\n-->`),
    ];
    await edit(silent[0]?.commentId ?? 0, `/cody ${fixPrompt}`);
    const last = await stack.comment(place, '/cody help');
    await until('the reply to help', async () => (await botComments(stack, place)).length > 0);
    expect(await botComments(stack, place)).toHaveLength(1);
    for (const asked of silent) expect(await botReactions(stack, asked)).toEqual([]);
    expect(last.commentId).toBeGreaterThan(silent.at(-1)?.commentId ?? 0);
  });

  it('is a comment of a bot, of ourselves included', async () => {
    const place = { name: 'web-app', issue: stack.issue('web-app') };
    await stack.comment(place, '/cody help');
    await until('the reply', async () => (await botComments(stack, place)).length > 0);
    const [delivery] = stack.github
      .deliveries()
      .filter(({ event, payload }) => event === 'issue_comment' && fromBot(payload));
    expect(delivery?.statusCode).toBe(202);
    expect(await botComments(stack, place)).toHaveLength(1);
  });
});

/** Edits a comment of acme/web-app as its writer. */
async function edit(commentId: number, body: string): Promise<void> {
  const url = `${stack.github.url}/repos/acme/web-app/issues/comments/${commentId}`;
  const answer = await fetch(url, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${stack.github.userToken('requester')}`,
      'content-type': 'application/json',
      'user-agent': 'test',
    },
    body: JSON.stringify({ body }),
  });
  expect(answer.status).toBe(200);
}

function fromBot(payload: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(payload['sender']).includes('"Bot"');
}

describe('a delivery', () => {
  const body = JSON.stringify({ action: 'created', comment: { body: '/cody help' } });
  const post = async (
    headers: Record<string, string>,
    bytes: string | Uint8Array<ArrayBuffer> = body,
  ) => (await fetch(stack.webhookUrl, { method: 'POST', headers, body: bytes })).status;

  it('without a valid SHA-256 signature is answered with 401', async () => {
    const good = signedHeaders(stack, body);
    const { 'x-hub-signature-256': signature = '', ...unsigned } = good;
    expect(await post(unsigned)).toBe(401);
    expect(await post({ ...unsigned, 'x-hub-signature': 'sha1=0123' })).toBe(401);
    expect(await post({ ...good, 'x-hub-signature-256': `${signature.slice(0, -1)}g` })).toBe(401);
    expect(await post(good, `${body} `)).toBe(401);
  });

  it('that is no JSON object, nested too deep or too large is refused, and the server lives on', async () => {
    const refused = async (bytes: string | Uint8Array<ArrayBuffer>) =>
      post(signedHeaders(stack, bytes), bytes);
    expect(await refused('not json /cody "action":"created"')).toBe(400);
    expect(await refused(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))).toBeLessThan(500);
    const bomb = `{"action":"created","x":${'['.repeat(100_000)}"/cody"${']'.repeat(100_000)}}`;
    expect(await refused(bomb)).toBe(400);
    const large = JSON.stringify({ action: 'created', x: `/cody ${'x'.repeat(800_000)}` });
    expect(await refused(large)).toBe(413);
    const health = await fetch(new URL('/healthz', stack.server.url));
    expect(health.status).toBe(200);
  });
});

describe('after all refusals', () => {
  it('nothing has run and nothing was asked of the model', async () => {
    expect(stack.model?.requests()).toEqual([]);
    const { pulls, checkRuns } = await view(stack, 'web-app');
    expect([pulls, checkRuns]).toEqual([[], []]);
    expect(stack.github.violations()).toEqual([]);
  });
});
