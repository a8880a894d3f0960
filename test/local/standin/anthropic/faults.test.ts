import Anthropic, {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  AnthropicError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import { scriptedActor } from '../../../../local/standin/anthropic/scripted-actor.ts';

const REQUEST = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1000,
  thinking: { type: 'adaptive', display: 'summarized' },
  tools: [{ name: 'bash', input_schema: { type: 'object' } }],
  messages: [{ role: 'user', content: 'go' }],
} satisfies Anthropic.MessageStreamParams;

let standin: AnthropicStandin;

beforeEach(async () => {
  standin = await startAnthropicStandin({
    apiKey: 'scripted',
    actor: scriptedActor([
      { thinking: 'Now.', toolUses: [{ name: 'bash', input: { command: 'npm test' } }] },
      { text: 'Done.' },
    ]),
  });
});
afterEach(() => standin.close());

function stream(maxRetries = 0) {
  const client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries });
  return client.messages.stream(REQUEST);
}

function message(maxRetries = 0): Promise<Anthropic.Message> {
  return stream(maxRetries).finalMessage();
}

async function failure(): Promise<unknown> {
  return message().then(
    () => null,
    (error: unknown) => error,
  );
}

describe('a fault before the answer', () => {
  it.each<[number, new (...args: never[]) => Error]>([
    [400, BadRequestError],
    [401, AuthenticationError],
    [429, RateLimitError],
    [500, InternalServerError],
    [529, InternalServerError],
  ])('%i arrives as the error class of the SDK', async (status, type) => {
    standin.faults.add({ type: 'status', status });
    const error = await failure();
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, requestID: expect.stringMatching(/^req_scripted_/) });
    expect((await message()).stop_reason).toBe('tool_use');
  });

  it('429 carries retry-after and the code of a spend limit', async () => {
    const errorCode = 'enforced_spend_limit_reached';
    standin.faults.add({ type: 'status', status: 429, retryAfter: 7, errorCode });
    const error = await failure();
    expect(error).toMatchObject({ errorCode });
    expect(error instanceof APIError && error.headers?.get('retry-after')).toBe('7');
  });

  it('is retried by the SDK as often as it is told to', async () => {
    standin.faults.add({ type: 'status', status: 529, retryAfter: 0, times: 2 });
    expect((await message(2)).stop_reason).toBe('tool_use');
    expect(standin.requests().map(({ status }) => status)).toEqual([529, 529, 200]);
  });

  it('can cut the connection', async () => {
    standin.faults.add({ type: 'reset_before_headers' });
    expect(await failure()).toBeInstanceOf(APIConnectionError);
  });

  it('strikes only the requests that it is meant for, until it is cleared', async () => {
    standin.faults.add({
      type: 'status',
      status: 500,
      times: 9,
      when: ({ number }) => number === 2,
    });
    expect(await failure()).toBeNull();
    expect(await failure()).not.toBeNull();
    expect(await failure()).toBeNull();
    standin.faults.add({ type: 'status', status: 500, times: 9 });
    standin.faults.clear();
    expect(await failure()).toBeNull();
  });
});

describe('a fault in the stream', () => {
  it('error event arrives without a status', async () => {
    standin.faults.add({ type: 'error_event' });
    const error = await failure();
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: undefined, type: 'overloaded_error' });
  });

  it('cut in the tool input ends the stream before the message', async () => {
    standin.faults.add({ type: 'cut_in_tool_json' });
    const events: string[] = [];
    const cut = stream();
    cut.on('streamEvent', ({ type }) => events.push(type));
    await expect(cut.finalMessage()).rejects.toThrow();
    expect(events.at(-1)).toBe('content_block_delta');
  });

  it('missing message_stop is an error, not a message', async () => {
    standin.faults.add({ type: 'missing_message_stop' });
    expect(await failure()).toBeInstanceOf(AnthropicError);
  });

  it.each([true, false])('stall (pings: %s) lasts until the client goes away', async (pings) => {
    standin.faults.add({ type: 'stall', pings, pingEveryMs: 1 });
    const stalled = stream();
    const started = new Promise((resolve) => void stalled.once('streamEvent', resolve));
    const ended = stalled.finalMessage().catch((error: unknown) => error);
    await started;
    stalled.abort();
    expect(await ended).toBeInstanceOf(APIUserAbortError);
    expect(stalled.currentMessage?.usage.input_tokens).toBeGreaterThan(0);
  });

  it('slow drip changes nothing but the pace', async () => {
    standin.faults.add({ type: 'slow_drip', delayMs: 2 });
    expect((await message()).content.at(-1)).toMatchObject({ input: { command: 'npm test' } });
  });
});

describe('a fault in the message', () => {
  it('malformed tool input is an error of the SDK', async () => {
    standin.faults.add({ type: 'malformed_tool_json' });
    expect(await failure()).toBeInstanceOf(AnthropicError);
  });

  it('max_tokens inside a tool call leaves its input incomplete', async () => {
    standin.faults.add({ type: 'max_tokens_in_tool_use' });
    const { stop_reason, content } = await message();
    expect(stop_reason).toBe('max_tokens');
    expect(content.at(-1)).not.toMatchObject({ input: { command: 'npm test' } });
  });

  it('refusal comes before any output', async () => {
    standin.faults.add({ type: 'refusal_before_output' });
    const { stop_reason, stop_details, content, usage } = await message();
    expect(stop_reason).toBe('refusal');
    expect(stop_details).toMatchObject({ type: 'refusal', category: 'general_harms' });
    expect(content).toEqual([]);
    expect(usage.output_tokens).toBe(0);
  });

  it('refusal comes after some output, never with a tool call', async () => {
    standin.faults.add({ type: 'refusal_after_output' });
    const { stop_reason, content } = await message();
    expect(stop_reason).toBe('refusal');
    expect(content.map(({ type }) => type)).toEqual(['thinking']);
  });

  it('empty end_turn has no content', async () => {
    standin.faults.add({ type: 'empty_end_turn' });
    expect(await message()).toMatchObject({ stop_reason: 'end_turn', content: [] });
  });

  it('unknown block type passes through the SDK and may come back', async () => {
    standin.faults.add({ type: 'unknown_block_type' });
    const { content } = await message();
    expect(content[0]).toMatchObject({ type: 'scripted_block' });
    const id = content.find((block) => block.type === 'tool_use')?.id ?? '';
    const client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
    const next = await client.messages.create({
      ...REQUEST,
      messages: [
        ...REQUEST.messages,
        { role: 'assistant', content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] },
      ],
    } as Anthropic.MessageCreateParamsNonStreaming);
    expect(next.stop_reason).toBe('end_turn');
  });

  it('duplicate tool ids come in one message', async () => {
    standin.faults.add({ type: 'duplicate_tool_ids' });
    const ids = (await message()).content.flatMap((block) =>
      block.type === 'tool_use' ? [block.id] : [],
    );
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('pause_turn may be continued by sending it back', async () => {
    standin.faults.add({ type: 'pause_turn' });
    const { stop_reason, content } = await message();
    expect(stop_reason).toBe('pause_turn');
    const client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
    const next = await client.messages.create({
      ...REQUEST,
      messages: [...REQUEST.messages, { role: 'assistant', content }],
    } as Anthropic.MessageCreateParamsNonStreaming);
    expect(next.stop_reason).toBe('end_turn');
  });
});
