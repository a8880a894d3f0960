import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import { scriptedActor } from '../../../../local/standin/anthropic/scripted-actor.ts';

const KEY = 'scripted';
const TOOL = {
  name: 'read',
  strict: true,
  input_schema: {
    type: 'object',
    properties: { file_path: { type: 'string' } },
    required: ['file_path'],
    additionalProperties: false,
  },
};
const SCRIPT = scriptedActor([
  {
    thinking: 'First.',
    toolUses: [
      { name: 'read', input: { file_path: 'a' } },
      { name: 'read', input: { file_path: 'b' } },
    ],
  },
  { thinking: 'Second.', toolUses: [{ name: 'read', input: { file_path: 'c' } }] },
  { thinking: 'Third.', text: 'Done.' },
]);

const Block = z.record(z.string(), z.unknown());
const Answer = z.looseObject({
  content: z.array(Block).default([]),
  error: z.object({ type: z.string(), message: z.string() }).optional(),
});

type Block = z.infer<typeof Block>;
type Message = { role: string; content: string | Block[] };
type Body = { messages: Message[] } & Record<string, unknown>;

let standin: AnthropicStandin;

beforeAll(async () => {
  standin = await startAnthropicStandin({ apiKey: KEY, actor: SCRIPT });
});
afterAll(() => standin.close());

function body(changes: Record<string, unknown> = {}): Body {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 1000,
    thinking: { type: 'adaptive' },
    system: 'You read files.',
    tools: [TOOL],
    messages: [{ role: 'user', content: 'Read a and b.' }],
    ...changes,
  };
}

async function post(payload: unknown, headers: Record<string, string> = {}, url = standin.url) {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
  return {
    status: response.status,
    json: Answer.parse(await response.json()),
    headers: response.headers,
  };
}

async function expect400(payload: unknown, message: RegExp): Promise<void> {
  const { status, json } = await post(payload);
  expect(json.error?.message).toMatch(message);
  expect(status).toBe(400);
  expect(json).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
}

function result(id: unknown, content = 'text'): Block {
  return { type: 'tool_result', tool_use_id: id, content };
}

/** A request after `turns` answered turns of the script, the answers exactly as they came. */
async function played(turns: number): Promise<Body> {
  const request = body();
  for (let turn = 0; turn < turns; turn += 1) {
    const { json } = await post(request);
    const uses = json.content.filter(({ type }: Block) => type === 'tool_use');
    request.messages.push({ role: 'assistant', content: json.content });
    request.messages.push({ role: 'user', content: uses.map(({ id }: Block) => result(id)) });
  }
  return request;
}

function blocks(request: Body, index: number): Block[] {
  const content = request.messages[index]?.content;
  if (!Array.isArray(content)) throw new Error(`message ${index} has no blocks`);
  return content;
}

const withSchema = (schema: object) => body({ tools: [{ ...TOOL, input_schema: schema }] });

const user = (content: string | Block[]) => ({ role: 'user', content });
const assistant = (content: string | Block[]) => ({ role: 'assistant', content });
const use = (id: string) => ({ type: 'tool_use', id, name: 'read', input: { file_path: 'a' } });
const talk = (...messages: Message[]) => body({ messages });

const mark = (ttl?: string) => ({ type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) });
const marked = (...ttls: (string | undefined)[]) => [
  {
    role: 'user',
    content: ttls.map((ttl, index) => ({
      type: 'text',
      text: `part ${index}`,
      cache_control: mark(ttl),
    })),
  },
];

const changed = async (turns: number, change: (request: Body) => void) => {
  const request = await played(turns);
  change(request);
  return request;
};

describe('the scripted Messages API at the door', () => {
  it('accepts the bearer key and the older key header', async () => {
    expect((await post(body())).status).toBe(200);
    expect((await post(body(), { authorization: '', 'x-api-key': KEY })).status).toBe(200);
  });

  it('refuses a wrong key with 401', async () => {
    const { status, json } = await post(body(), { authorization: 'Bearer wrong' });
    expect(status).toBe(401);
    expect(json.error?.type).toBe('authentication_error');
  });

  it('refuses another version and any beta', async () => {
    expect((await post(body(), { 'anthropic-version': '2023-06-01' })).status).toBe(400);
    expect((await post(body(), { 'anthropic-beta': 'token-counting-2024-11-01' })).status).toBe(
      400,
    );
  });

  it('answers 404 to an unknown model and an unknown route', async () => {
    const { status, json } = await post(body({ model: 'claude-unknown-9' }));
    expect(status).toBe(404);
    expect(json.error?.type).toBe('not_found_error');
    const route = await fetch(`${standin.url}/v1/complete`, {
      headers: { authorization: `Bearer ${KEY}`, 'anthropic-version': '2026-10-21' },
    });
    expect(route.status).toBe(404);
  });

  it('answers 413 to more than 32 MB', async () => {
    const content = 'x'.repeat(33 * 1024 * 1024);
    const { status, json } = await post(body({ messages: [{ role: 'user', content }] }));
    expect(status).toBe(413);
    expect(json.error?.type).toBe('request_too_large');
  });

  it('answers 400 to what is not JSON', () => expect400('{"model":', /not valid JSON/));

  it('says in every answer that it is a scripted model', async () => {
    const { headers, json } = await post(body());
    expect(headers.get('x-scripted-model')).toBe('true');
    expect(headers.get('request-id')).toMatch(/^req_scripted_/);
    expect(headers.get('anthropic-ratelimit-requests-remaining')).toMatch(/^\d+$/);
    expect(headers.get('anthropic-ratelimit-tokens-reset')).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(json['id']).toMatch(/^msg_scripted_/);
    expect(json['model']).toBe('claude-sonnet-5-5');
  });

  it('records requests without their key', async () => {
    await post(body());
    const last = standin.requests().at(-1);
    expect(last).toMatchObject({ path: '/v1/messages', status: 200, stop_reason: 'tool_use' });
    expect(last?.headers['anthropic-version']).toBe('2026-10-21');
    expect(JSON.stringify(last?.headers)).not.toContain(KEY);
  });
});

describe('the scripted Messages API refuses the parameter', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['temperature', { temperature: 0 }, /^temperature: Extra inputs/],
    ['top_p', { top_p: 0.9 }, /^top_p: Extra inputs/],
    ['top_k', { top_k: 5 }, /^top_k: Extra inputs/],
    ['of a beta', { compaction: { type: 'summarize' } }, /^compaction: Extra inputs/],
    ['budget_tokens', { thinking: { type: 'enabled', budget_tokens: 2048 } }, /budget_tokens/],
    ['thinking disabled', { thinking: { type: 'disabled' } }, /'disabled' is not supported/],
    [
      'between_tools above high effort',
      { thinking: { type: 'between_tools' }, output_config: { effort: 'max' } },
      /effort/,
    ],
    [
      'between_tools on a model that always thinks',
      { model: 'claude-opus-5-5', thinking: { type: 'between_tools' } },
      /between_tools/,
    ],
    ['tool_choice any', { tool_choice: { type: 'any' } }, /forces tool use/],
    ['tool_choice tool', { tool_choice: { type: 'tool', name: 'read' } }, /forces tool use/],
    ['max_tokens above the model', { max_tokens: 128_001 }, /maximum allowed number of output/],
    ['max_tokens below zero', { max_tokens: -1 }, /^max_tokens/],
    ['system without text', { system: '' }, /non-empty/],
    ['messages without a message', { messages: [] }, /at least one message/],
  ])('%s', (_name, changes, message) => expect400(body(changes), message));
});

describe('the scripted Messages API refuses a tool', () => {
  it('whose name is taken', () => expect400(body({ tools: [TOOL, TOOL] }), /must be unique/));
  it('whose schema is no object', () => expect400(withSchema({ type: 'string' }), /'object'/));
  it('whose schema is no JSON schema', () =>
    expect400(withSchema({ type: 'object', properties: { a: { type: 'text' } } }), /is invalid/));
  it('that is strict and open', () =>
    expect400(withSchema({ type: 'object', properties: {} }), /additionalProperties/));
  it('that is strict and open further in', () =>
    expect400(
      withSchema({
        type: 'object',
        properties: { list: { type: 'array', items: { type: 'object', properties: {} } } },
        additionalProperties: false,
      }),
      /list\.items.*additionalProperties/,
    ));
  it('that is strict and bounds a number', () =>
    expect400(
      withSchema({
        type: 'object',
        properties: { limit: { type: 'integer', minimum: 1 } },
        additionalProperties: false,
      }),
      /'minimum' is not supported/,
    ));
});

describe('the scripted Messages API refuses a conversation', () => {
  it.each<[string, () => Body, RegExp]>([
    [
      'with an unanswered call',
      () => talk(user('x'), assistant([use('1')]), user('y')),
      /without `tool_result`/,
    ],
    [
      'with a call at its end',
      () => talk(user('x'), assistant([use('1')])),
      /without `tool_result`/,
    ],
    [
      'with half of the results',
      () => talk(user('x'), assistant([use('1'), use('2')]), user([result('1')])),
      /without `tool_result`.*2/,
    ],
    ['with an unasked result', () => talk(user([result('1')])), /unexpected `tool_use_id`/],
    [
      'with a doubled result',
      () => talk(user('x'), assistant([use('1')]), user([result('1'), result('1')])),
      /single result/,
    ],
    [
      'with results out of order',
      () => talk(user('x'), assistant([use('1'), use('2')]), user([result('2'), result('1')])),
      /order/,
    ],
    [
      'with text before a result',
      () =>
        talk(user('x'), assistant([use('1')]), user([{ type: 'text', text: 'y' }, result('1')])),
      /before any other content/,
    ],
    [
      'with one call id twice',
      () => talk(user('x'), assistant([use('1'), use('1')]), user([result('1')])),
      /ids must be unique/,
    ],
    ['that ends with a prefill', () => talk(user('x'), assistant('The answer is')), /prefill/],
    ['that starts with the assistant', () => talk(assistant('x'), user('y')), /first message/],
    ['with an empty text', () => talk(user([{ type: 'text', text: '' }])), /non-empty/],
    [
      'with an empty text in a result',
      () => talk(user('x'), assistant([use('1')]), user([result('1', '')])),
      /non-empty/,
    ],
    ['with an empty message', () => talk(user([])), /non-empty content/],
    [
      'with an unknown field in a block',
      () => talk(user([{ type: 'text', text: 'x', parsed_output: null }])),
      /parsed_output: Extra inputs/,
    ],
    [
      'with a system message first',
      () => talk({ role: 'system', content: 'x' }, user('y')),
      /first message/,
    ],
    [
      'with a system message before a user message',
      () => talk(user('x'), { role: 'system', content: 'y' }, user('z')),
      /system message must follow/,
    ],
    [
      'with a system message after the assistant',
      () => talk(user('x'), assistant('y'), { role: 'system', content: 'z' }),
      /system message must follow/,
    ],
  ])('%s', (_name, request, message) => expect400(request(), message));

  it('with a system message on a model without them', () =>
    expect400(
      body({
        model: 'claude-opus-4-7',
        messages: [user('x'), { role: 'system', content: 'y' }],
      }),
      /not supported on this model/,
    ));

  it('but takes a system message at the end', async () => {
    const request = talk(user('x'), { role: 'system', content: 'Finish soon.' });
    expect((await post(request)).status).toBe(200);
  });

  it('longer than the context window', async () => {
    const content = 'x'.repeat(4_200_000);
    await expect400(body({ messages: [user(content)] }), /prompt is too long/);
  });
});

describe('the scripted Messages API refuses cache marks', () => {
  it('beyond four', () =>
    expect400(body({ messages: marked('5m', '5m', '5m', '5m', '5m') }), /maximum of 4/));
  it('beyond four with the automatic one', () => {
    const messages = [
      {
        role: 'user',
        content: [
          ...(marked('5m', '5m', '5m', '5m')[0]?.content ?? []),
          { type: 'text', text: 'last' },
        ],
      },
    ];
    return expect400(body({ messages, cache_control: mark() }), /maximum of 4/);
  });
  it('of an hour after one of five minutes', () =>
    expect400(body({ messages: marked('5m', '1h') }), /must not come after/));
  it('with another time than the API knows', () =>
    expect400(body({ messages: marked('2h') }), /cache_control\.ttl/));
});

describe('a thinking signature', () => {
  const other = /bound to a different conversation/;

  it('holds when the conversation comes back as it was', async () => {
    expect((await post(await played(2))).status).toBe(200);
  });

  it('holds when cache marks move and optional nulls are left out', async () => {
    const request = await played(1);
    const last = blocks(request, 2).at(-1);
    if (last) last['cache_control'] = { type: 'ephemeral' };
    for (const block of blocks(request, 1)) delete block['caller'];
    expect((await post(request)).status).toBe(200);
  });

  it('breaks when the system prompt changes', async () =>
    expect400(await changed(1, (request) => Object.assign(request, { system: 'Other.' })), other));

  it('breaks when a tool changes', async () =>
    expect400(
      await changed(1, (request) =>
        Object.assign(request, { tools: [{ ...TOOL, description: 'new' }] }),
      ),
      other,
    ));

  it('breaks when the first message changes', async () =>
    expect400(
      await changed(1, (request) => {
        request.messages[0] = { role: 'user', content: 'Read a and c.' };
      }),
      other,
    ));

  it('breaks when an old result is masked', async () =>
    expect400(
      await changed(2, (request) => {
        blocks(request, 2).forEach((block) => Object.assign(block, { content: '[removed]' }));
      }),
      other,
    ));

  it('breaks when its thinking text changes', async () =>
    expect400(
      await changed(1, (request) => {
        Object.assign(blocks(request, 1)[0] ?? {}, { thinking: 'Else.' });
      }),
      other,
    ));

  it('breaks when it is made up', async () =>
    expect400(
      await changed(1, (request) => {
        Object.assign(blocks(request, 1)[0] ?? {}, { signature: 'AAAA.BBBB' });
      }),
      other,
    ));

  it('holds when thinking is dropped from the start', async () => {
    const request = await changed(2, (request) => void blocks(request, 1).shift());
    expect((await post(request)).status).toBe(200);
  });

  it('breaks when thinking is dropped from the middle', async () => {
    const long = await startAnthropicStandin({
      apiKey: KEY,
      actor: scriptedActor(
        ['a', 'b', 'c', 'd'].map((path) => ({
          thinking: path,
          toolUses: [{ name: 'read', input: { file_path: path } }],
        })),
      ),
    });
    const request = body();
    for (let turn = 0; turn < 3; turn += 1) {
      const { content } = (await post(request, {}, long.url)).json;
      request.messages.push({ role: 'assistant', content });
      request.messages.push({ role: 'user', content: [result(content.at(-1)?.['id'])] });
    }
    expect((await post(request, {}, long.url)).status).toBe(200);
    blocks(request, 3).shift();
    const { status, json } = await post(request, {}, long.url);
    expect(status).toBe(400);
    expect(json.error?.message).toMatch(other);
    await long.close();
  });
});
