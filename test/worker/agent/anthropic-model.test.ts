import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { createAnthropicModel } from '../../../worker/agent/anthropic-model.ts';
import type { ModelRequest } from '../../../worker/agent/model-call.ts';
import { readModelLimits } from '../../../worker/agent/model-limits.ts';
import { toolCatalog } from '../../../worker/tools/catalog.ts';
import { apiKey, startModel } from './support/harness.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const request: ModelRequest = {
  model: 'claude-sonnet-5-5',
  effort: 'low',
  system: 'You are a test.',
  tools: toolCatalog.map((tool) => ({ ...tool, input_schema: { ...tool.input_schema } })),
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  max_tokens: 4_000,
  cache_ttl: '5m',
};
const signal = new AbortController().signal;

test('gives the answer with its usage and request id', async () => {
  const standin = await startModel(scriptedActor([{ thinking: 'Hm ✓', text: 'Hi 👋' }]));
  const model = createAnthropicModel({ apiKey, baseURL: standin.url });
  const answer = await model(request, signal);
  expect(answer).toMatchObject({
    type: 'answer',
    stop_reason: 'end_turn',
    request_id: expect.stringMatching(/^req_/),
  });
  if (answer.type !== 'answer') throw new Error('No answer');
  expect(answer.content.map((block) => block.type)).toEqual(['thinking', 'text']);
  expect(answer.content[1]).not.toHaveProperty('parsed_output');
  expect(answer.usage.output_tokens).toBe(standin.requests()[0]?.usage?.output_tokens);
});

test('sends its own key only, whatever the environment holds', async () => {
  vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token-of-the-environment');
  vi.stubEnv('ANTHROPIC_API_KEY', 'key-of-the-environment');
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming.headers);
    response.writeHead(529, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'overloaded_error' } }));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(Object(server.address()).port));
  });
  const model = createAnthropicModel({ apiKey, baseURL: `http://127.0.0.1:${port}` });
  const reply = await model(request, signal);
  server.closeAllConnections();
  server.close();

  expect(reply).toMatchObject({ type: 'failure', error: 'overloaded', status: 529, begun: false });
  expect(seen).toHaveLength(1);
  expect(seen[0]?.authorization).toBe(`Bearer ${apiKey}`);
  expect(JSON.stringify(seen)).not.toContain('environment');
});

test('tells an address where nobody listens from an answer', async () => {
  const standin = await startModel(scriptedActor([]));
  await standin.close();
  const model = createAnthropicModel({ apiKey, baseURL: standin.url });
  expect(await model(request, signal)).toMatchObject({ type: 'failure', error: 'connection' });
});

test('ends soon after its signal', async () => {
  const standin = await startModel(scriptedActor([{ text: 'Hi' }]));
  standin.faults.add({ type: 'stall', pings: true, pingEveryMs: 10 });
  const model = createAnthropicModel({ apiKey, baseURL: standin.url });
  const controller = new AbortController();
  const reply = model(request, controller.signal);
  while (standin.requests().length === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  expect(await reply).toMatchObject({ type: 'failure', error: 'aborted' });
});

test('reads the limits of a model from the API', async () => {
  const standin = await startModel(scriptedActor([]));
  const model = { apiKey, baseURL: standin.url, model: 'claude-opus-4-5' };
  expect(await readModelLimits(model)).toEqual({
    max_input_tokens: 200_000,
    max_output_tokens: 64_000,
    capabilities: { adaptive_thinking: false, effort: true, compaction: false },
  });
});

test('takes the limits from the dated data when the API does not tell them', async () => {
  const standin = await startModel(scriptedActor([]));
  await standin.close();
  const model = { apiKey, baseURL: standin.url, model: 'claude-sonnet-5-5' };
  expect(await readModelLimits(model)).toEqual({
    max_input_tokens: 1_000_000,
    max_output_tokens: 128_000,
    capabilities: { adaptive_thinking: true, effort: true, compaction: true },
  });
});
