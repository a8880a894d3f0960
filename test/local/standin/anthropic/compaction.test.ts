import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../../local/standin/anthropic/actor.ts';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';

type Message = Anthropic.Beta.BetaMessageParam;

const BETA = 'compact-2026-09-04';
const tool: Anthropic.Beta.BetaTool = {
  name: 'read',
  input_schema: { type: 'object', properties: {}, additionalProperties: false },
};
const actor: Actor = ({ messages }) => ({
  thinking: `Thought after ${messages.length} messages.`,
  toolUses: [{ name: 'read', input: {} }],
});

let standin: AnthropicStandin;
let client: Anthropic;

beforeEach(async () => {
  standin = await startAnthropicStandin({ apiKey: 'scripted', actor });
  client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
});
afterEach(() => standin.close());

function send(messages: Message[], extra: Partial<Anthropic.Beta.MessageCreateParams> = {}) {
  return client.beta.messages
    .stream({
      model: 'claude-sonnet-5-5',
      max_tokens: 4_000,
      thinking: { type: 'adaptive', display: 'summarized' },
      system: 'You read files.',
      tools: [tool],
      betas: [BETA],
      ...extra,
      messages,
    })
    .finalMessage();
}

const summarize = { compaction: { type: 'summarize' } } as const;

/** Three turns, each with a call and its result. */
async function conversation(): Promise<Message[]> {
  const messages: Message[] = [{ role: 'user', content: 'Read.' }];
  for (let turn = 0; turn < 3; turn += 1) {
    const { content } = await send(messages);
    const id = content.find((block) => block.type === 'tool_use')?.id ?? '';
    messages.push({ role: 'assistant', content });
    messages.push({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: `file ${turn}` }],
    });
  }
  return messages;
}

/** The summary of the first three messages in front of the others. */
async function compacted(): Promise<[Message, ...Message[]]> {
  const messages = await conversation();
  const { content } = await send(messages.slice(0, 3), summarize);
  return [{ role: 'assistant', content }, ...messages.slice(3)];
}

async function refusal(request: Promise<unknown>): Promise<unknown> {
  return await request.then(
    () => 'accepted',
    (error: unknown) => (error instanceof APIError ? (error.errorCode ?? error.apiMessage) : error),
  );
}

describe('compaction on demand', () => {
  it('answers with one signed block, billed in its iteration alone', async () => {
    const messages = await conversation();
    const answer = await send(messages.slice(0, 3), summarize);
    expect(answer.stop_reason).toBe('compaction');
    expect(answer.content).toMatchObject([
      { type: 'compaction', content: expect.any(String), signature: expect.any(String) },
    ]);
    expect(answer.usage).toMatchObject({ input_tokens: 0, output_tokens: 0 });
    expect(answer.usage.iterations).toMatchObject([{ type: 'compaction' }]);
    expect(answer.usage.iterations?.[0]).not.toMatchObject({ output_tokens: 0 });
  });

  it('keeps the thinking of turns that follow the summary', async () => {
    const messages = await compacted();
    const answer = await send(messages);
    expect(answer.stop_reason).toBe('tool_use');
    // And again, on top of a summary of the summary.
    const { content } = await send(messages.slice(0, 3), summarize);
    const twice = [{ role: 'assistant' as const, content }, ...messages.slice(3)];
    expect((await send(twice)).stop_reason).toBe('tool_use');
  });

  it('refuses kept thinking when something between was left out or the tools changed', async () => {
    const [block, , ...rest] = await compacted();
    expect(await refusal(send([block, ...rest]))).toMatch(/tool_result|bound to a different/);
    const other = { ...tool, description: 'Reads.' };
    expect(await refusal(send(await compacted(), { tools: [other] }))).toMatch(
      /bound to a different conversation/,
    );
  });

  it('wants its beta header, on the request and on every one that carries the block', async () => {
    const messages = await compacted();
    expect(await refusal(send(messages, { betas: [] }))).toMatch(/anthropic-beta/);
    expect(await refusal(send(messages.slice(0, 3), { ...summarize, betas: [] }))).toMatch(
      /anthropic-beta/,
    );
  });

  it('refuses a changed, forged, second or misplaced block', async () => {
    const [first, ...rest] = await compacted();
    const [block] = Array.isArray(first.content) ? first.content : [];
    if (block?.type !== 'compaction') throw new Error('No block');
    const replaced = (change: object): Message[] => [
      { role: 'assistant', content: [{ ...block, ...change }] },
      ...rest,
    ];
    expect(await refusal(send(replaced({ content: 'Other' })))).toBe('compaction_content_mismatch');
    expect(await refusal(send(replaced({ signature: 'a.b.c.d' })))).toBe(
      'compaction_signature_invalid',
    );
    expect(await refusal(send([first, first, ...rest]))).toBe('compaction_block_ambiguous');
    const task: Message = { role: 'user', content: 'Read.' };
    expect(await refusal(send([task, first, ...rest]))).toBe('compaction_block_misplaced');
  });

  it('refuses an open tool call at the end, context management beside it, and old models', async () => {
    const messages = await conversation();
    expect(await refusal(send(messages.slice(0, 2), summarize))).toBe('compaction_incomplete_turn');
    const both = { ...summarize, context_management: { edits: [] } };
    expect(await refusal(send(messages.slice(0, 3), both))).toMatch(/cannot be combined/);
    const old = { ...summarize, model: 'claude-haiku-4-5', thinking: undefined };
    const plain: Message[] = [{ role: 'user', content: 'Hi' }];
    expect(await refusal(send(plain, old))).toMatch(/not supported on claude-haiku-4-5/);
  });
});

describe('cache diagnostics', () => {
  it('says nothing while the conversation only grows', async () => {
    const messages = await conversation();
    const diagnostics = { previous_message_id: null };
    const first = await send(messages.slice(0, 3), { diagnostics });
    const next = { previous_message_id: first.id };
    const second = await send(messages, { diagnostics: next });
    expect([first.diagnostics, second.diagnostics]).toEqual([null, null]);
  });

  it('names what changed', async () => {
    const messages = await conversation();
    const first = await send(messages, { diagnostics: { previous_message_id: null } });
    const asked = { diagnostics: { previous_message_id: first.id } };
    const reasons = [
      await send([{ role: 'user', content: 'Other' }], asked),
      await send([{ role: 'user', content: 'Read.' }], { ...asked, tools: [] }),
      await send([{ role: 'user', content: 'Read.' }], { ...asked, system: 'Other' }),
      await send([{ role: 'user', content: 'Hi' }], { ...asked, model: 'claude-opus-5-5' }),
      await send(messages, { diagnostics: { previous_message_id: 'msg_other' } }),
    ].map(({ diagnostics }) => diagnostics?.cache_miss_reason?.type);
    expect(reasons).toEqual([
      'messages_changed',
      'tools_changed',
      'system_changed',
      'model_changed',
      'previous_message_not_found',
    ]);
  });
});
