import { expect, it } from 'vitest';
import { createProgress } from '../../../local/agent/progress.ts';

function recorded() {
  const lines: string[] = [];
  const progress = createProgress({
    write: (text) => void lines.push(text),
    paint: (_style, text) => text,
    redact: (text) => text.replaceAll('secret', '[redacted]'),
  });
  return { lines, progress };
}

const usage = {
  input_tokens: 100,
  cache_read_input_tokens: 2_000,
  cache_creation_input_tokens: 0,
  output_tokens: 30,
};

it('shows what the model says without what could steer a terminal', async () => {
  const { lines, progress } = recorded();
  const model = progress.watchModel(async () => ({
    type: 'answer',
    content: [{ type: 'text', text: 'A secret\u001B]0;title\u0007 in\n\ttwo lines\u202E.' }],
    stop_reason: 'end_turn',
    usage: { ...usage, cache_creation_1h_input_tokens: 0 },
  }));
  const request = {
    model: 'm',
    effort: 'high',
    system: '',
    tools: [],
    messages: [],
    max_tokens: 1,
    cache_ttl: '5m',
  } as const;
  await model(request, new AbortController().signal);
  expect(lines.join('')).toBe('\nA [redacted]]0;title in\n\ttwo lines.\n');
});

it('shows each tool as it starts, and how it ended when that matters', async () => {
  const { lines, progress } = recorded();
  const results = [
    { content: [], is_error: false, mutated: false, duration_ms: 5 },
    { content: [], is_error: false, mutated: true, exit_code: 1, duration_ms: 1_500 },
    {
      content: [{ type: 'text' as const, text: 'There is no file x.\nLook with glob.' }],
      is_error: true,
      mutated: false,
      duration_ms: 5,
    },
  ];
  const tools = progress.watchTools({
    catalog: [],
    run: async (call) => results[Number(call.id)] ?? Promise.reject(new Error('no result')),
  });
  const { signal } = new AbortController();
  await tools.run({ id: '0', name: 'read', input: { file_path: 'a.ts' } }, signal);
  await tools.run({ id: '1', name: 'bash', input: { command: 'npm\ntest secret' } }, signal);
  await tools.run({ id: '2', name: 'read', input: { file_path: 'x' } }, signal);
  expect(lines.join('')).toBe(
    [
      '  read  a.ts',
      '  bash  npm test [redacted]',
      '    exit code 1 · 1.5 s',
      '  read  x',
      '    error: There is no file x. Look with glob. · 0.0 s',
      '',
    ].join('\n'),
  );
});

it('adds up the cost of the turns', () => {
  const { lines, progress } = recorded();
  const said = { thinking: '', text: '', tools: [], stop_reason: 'tool_use', usage };
  progress.event({ type: 'turn', ...said, index: 1, cost_micro_usd: 12_000 });
  progress.event({ type: 'turn', ...said, index: 2, cost_micro_usd: 8_000 });
  expect(lines).toEqual([
    'turn 1 · 2.1k in (2.0k cached), 30 out · $0.0120 · $0.0120 so far\n',
    'turn 2 · 2.1k in (2.0k cached), 30 out · $0.0080 · $0.0200 so far\n',
  ]);
});
