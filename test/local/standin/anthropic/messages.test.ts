import Anthropic, { NotFoundError } from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActorTurn } from '../../../../local/standin/anthropic/actor.ts';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import { scriptedActor } from '../../../../local/standin/anthropic/scripted-actor.ts';

const INPUT = { command: 'printf "ü 😀\\n" && echo \'a\\tb\'', note: '日本語 "quoted" \u2028 end' };
const TOOLS: Anthropic.Tool[] = [
  { name: 'bash', input_schema: { type: 'object', properties: {} } },
  { name: 'look', input_schema: { type: 'object', properties: {} } },
];

let standin: AnthropicStandin;
let client: Anthropic;

afterEach(() => standin.close());

async function start(...turns: ActorTurn[]): Promise<void> {
  standin = await startAnthropicStandin({ apiKey: 'scripted', actor: scriptedActor(turns) });
  client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
}

type Changes = Pick<Partial<Anthropic.MessageStreamParams>, 'model' | 'max_tokens' | 'thinking'>;

function params(changes: Changes = {}) {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 1000,
    tools: TOOLS,
    messages: [{ role: 'user' as const, content: 'go' }],
    ...changes,
  };
}

async function blockTypes(model: string): Promise<string[]> {
  const { content } = await client.messages.create(params({ model }));
  return content.map(({ type }) => type);
}

describe('a streamed message', () => {
  beforeEach(() =>
    start({
      thinking: 'I think of 😀.',
      toolUses: [
        { name: 'bash', input: INPUT },
        { name: 'look', input: {} },
      ],
    }),
  );

  it('arrives through the SDK with every character in place', async () => {
    const thinking = { type: 'adaptive', display: 'summarized' } as const;
    const message = await client.messages.stream(params({ thinking })).finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'I think of 😀.' },
      { type: 'tool_use', name: 'bash', input: INPUT, caller: { type: 'direct' } },
      { type: 'tool_use', name: 'look', input: {} },
    ]);
  });

  it('shows thinking text only when a summary is asked for', async () => {
    const message = await client.messages.stream(params()).finalMessage();
    expect(message.content[0]).toMatchObject({ type: 'thinking', thinking: '' });
    expect(message.content[0]).toHaveProperty('signature', expect.stringMatching(/.+/));
    expect(message.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(0);
  });

  it('sends named events in the order of the API, blocks by index', async () => {
    const response = await fetch(`${standin.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer scripted', 'anthropic-version': '2026-10-21' },
      body: JSON.stringify({ ...params(), stream: true }),
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((event) => {
        const [name = '', data = ''] = event.split('\n');
        return { name: name.replace('event: ', ''), data: JSON.parse(data.replace('data: ', '')) };
      });
    expect(events.every(({ name, data }) => name === data.type)).toBe(true);
    const order = events.map(({ name }) => name).filter((name, i, all) => name !== all[i - 1]);
    const block = ['content_block_start', 'content_block_delta', 'content_block_stop'];
    expect(order).toEqual([
      'message_start',
      'ping',
      ...block,
      ...block,
      ...block,
      'message_delta',
      'message_stop',
    ]);
    const indexes = events.flatMap(({ data }) => (data.index === undefined ? [] : [data.index]));
    expect(indexes).toEqual(indexes.toSorted((left, right) => left - right));
    expect(events[0]?.data.message).toMatchObject({ content: [], stop_reason: null });
  });

  it('splits tool input inside escapes and between surrogates, and sends one empty piece for none', async () => {
    const pieces: string[][] = [];
    for await (const event of client.messages.stream(params())) {
      if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta') {
        (pieces[event.index] ??= []).push(event.delta.partial_json);
      }
    }
    expect(pieces[1]?.some((piece) => piece.endsWith('\\'))).toBe(true);
    expect(pieces[1]?.some((piece) => /[\uD800-\uDBFF]$/.test(piece))).toBe(true);
    expect(pieces[2]).toEqual(['']);
  });
});

describe('a message without streaming', () => {
  it('has the same content and usage as the streamed one', async () => {
    await start({ thinking: 'Hm.', text: 'Done.' });
    const plain = await client.messages.create(params());
    const streamed = await client.messages.stream(params()).finalMessage();
    expect(plain.content).toEqual(streamed.content);
    expect(plain.usage).toEqual(streamed.usage);
    expect(plain.stop_reason).toBe('end_turn');
  });

  it('stops at max_tokens', async () => {
    await start({ text: 'word '.repeat(200) });
    const message = await client.messages.create(params({ max_tokens: 20 }));
    expect(message.stop_reason).toBe('max_tokens');
    expect(message.usage.output_tokens).toBeLessThanOrEqual(20);
  });

  it('writes nothing for max_tokens 0, which only warms the cache', async () => {
    await start({ text: 'unused' });
    const message = await client.messages.create(params({ max_tokens: 0 }));
    expect(message.content).toEqual([]);
    expect(message.usage.output_tokens).toBe(0);
  });

  it('stops where the context window ends', async () => {
    standin = await startAnthropicStandin({
      apiKey: 'scripted',
      actor: scriptedActor([{ text: 'word '.repeat(200) }]),
      maxInputTokens: 100,
    });
    client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
    const message = await client.messages.create(params());
    expect(message.stop_reason).toBe('model_context_window_exceeded');
  });

  it('returns text beside tool calls as thinking on the 5.5 models', async () => {
    await start({ text: 'Looking.', toolUses: [{ name: 'look', input: {} }] });
    expect(await blockTypes('claude-sonnet-5-5')).toEqual(['thinking', 'tool_use']);
    expect(await blockTypes('claude-sonnet-5')).toEqual(['text', 'tool_use']);
  });
});

describe('the other routes', () => {
  beforeEach(() => start({ text: 'Done.' }));

  it('count the tokens that a message is then billed for', async () => {
    const { max_tokens: _unused, ...counted } = params();
    const { input_tokens } = await client.messages.countTokens(counted);
    const { usage } = await client.messages.create(params());
    expect(usage.input_tokens).toBe(input_tokens + 3);
  });

  it('describe the models as the SDK types them', async () => {
    const model = await client.models.retrieve('claude-sonnet-5-5');
    expect(model).toMatchObject({
      type: 'model',
      max_input_tokens: 1_000_000,
      max_tokens: 128_000,
      lifecycle: 'active',
      display_name: 'Claude Sonnet 5.5 (scripted model)',
    });
    expect(model.capabilities?.thinking.types.disabled.supported).toBe(false);
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toContain('claude-haiku-5-5');
    await expect(client.models.retrieve('claude-unknown')).rejects.toThrow(NotFoundError);
  });
});
