import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import { scriptedActor } from '../../../../local/standin/anthropic/scripted-actor.ts';

const MINUTE = 60_000;
// ["messages","user","text","…"] is 29 bytes around the text, plus 3 tokens for each block.
const tokensOf = (text: string) => Math.ceil((text.length + 29) / 4) + 3;
const LONG = 'x'.repeat(4000);

let standin: AnthropicStandin;
let client: Anthropic;
let time: number;

beforeEach(async () => {
  time = 0;
  standin = await startAnthropicStandin({
    apiKey: 'scripted',
    actor: scriptedActor([]),
    now: () => time,
  });
  client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
});
afterEach(() => standin.close());

type Part = { text: string; ttl?: '5m' | '1h' };

async function usage(parts: Part[], model = 'claude-sonnet-5-5') {
  const content = parts.map(({ text, ttl }) => ({
    type: 'text' as const,
    text,
    ...(ttl === undefined ? {} : { cache_control: { type: 'ephemeral' as const, ttl } }),
  }));
  const message = await client.messages.create({
    model,
    max_tokens: 100,
    messages: [{ role: 'user', content }],
  });
  const { input_tokens, cache_read_input_tokens, cache_creation } = message.usage;
  return {
    input: input_tokens,
    read: cache_read_input_tokens,
    write5m: cache_creation?.ephemeral_5m_input_tokens,
    write1h: cache_creation?.ephemeral_1h_input_tokens,
  };
}

function grown(count: number): Part[] {
  const parts = Array.from({ length: count }, (_, index) => ({ text: `part ${index}` }));
  return [...parts, { text: 'last', ttl: '5m' }];
}

describe('the prompt cache', () => {
  it('counts what is uncached, written and read apart', async () => {
    const parts: Part[] = [{ text: LONG, ttl: '1h' }, { text: LONG, ttl: '5m' }, { text: 'end' }];
    const long = tokensOf(LONG);
    const rest = tokensOf('end') + 3;
    expect(await usage(parts)).toEqual({ input: rest, read: 0, write5m: long, write1h: long });
    expect(await usage(parts)).toEqual({ input: rest, read: 2 * long, write5m: 0, write1h: 0 });
  });

  it('reads the longest prefix that is still the same', async () => {
    await usage([
      { text: LONG, ttl: '5m' },
      { text: 'a', ttl: '5m' },
    ]);
    const changed = await usage([
      { text: LONG, ttl: '5m' },
      { text: 'b', ttl: '5m' },
    ]);
    expect(changed).toMatchObject({ read: tokensOf(LONG), write5m: tokensOf('b') });
  });

  it('forgets a five-minute entry after five minutes without a read', async () => {
    const parts: Part[] = [{ text: LONG, ttl: '5m' }];
    await usage(parts);
    time += 4 * MINUTE;
    expect((await usage(parts)).read).toBe(tokensOf(LONG));
    time += 4 * MINUTE;
    expect((await usage(parts)).read).toBe(tokensOf(LONG));
    time += 5 * MINUTE;
    expect((await usage(parts)).read).toBe(0);
  });

  it('keeps a one-hour entry for an hour', async () => {
    const parts: Part[] = [{ text: LONG, ttl: '1h' }];
    await usage(parts);
    time += 59 * MINUTE;
    expect((await usage(parts)).read).toBe(tokensOf(LONG));
    time += 60 * MINUTE;
    expect((await usage(parts)).read).toBe(0);
  });

  it('does not cache a prefix below the minimum of the model', async () => {
    const parts: Part[] = [{ text: LONG, ttl: '5m' }];
    expect((await usage(parts, 'claude-sonnet-5')).write5m).toBe(0);
    expect((await usage(parts, 'claude-opus-5-5')).write5m).toBe(tokensOf(LONG));
  });

  it('keeps models apart', async () => {
    const parts: Part[] = [{ text: LONG, ttl: '5m' }];
    await usage(parts);
    expect((await usage(parts, 'claude-haiku-5-5')).read).toBe(0);
  });

  it('looks back over twenty blocks and no further', async () => {
    await usage([{ text: LONG, ttl: '5m' }]);
    expect((await usage([{ text: LONG }, ...grown(18)])).read).toBe(tokensOf(LONG));
    expect((await usage([{ text: LONG }, { text: 'other' }, ...grown(18)])).read).toBe(0);
  });

  it('is not written by a request that failed before its answer began', async () => {
    standin.faults.add({ type: 'status', status: 529 });
    const parts: Part[] = [{ text: LONG, ttl: '5m' }];
    await expect(usage(parts)).rejects.toThrow();
    expect((await usage(parts)).read).toBe(0);
  });

  it('serves the automatic breakpoint at the end of the request', async () => {
    const request = {
      model: 'claude-sonnet-5-5',
      max_tokens: 100,
      cache_control: { type: 'ephemeral' as const },
      messages: [{ role: 'user' as const, content: LONG }],
    };
    const first = await client.messages.create(request);
    const second = await client.messages.create(request);
    expect(first.usage).toMatchObject({ input_tokens: 3, cache_read_input_tokens: 0 });
    expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
  });
});
