import { expect, test } from 'vitest';
import type { SideIntent, SideResult } from '../../../core/journal.ts';
import { findPrice } from '../../../core/price.ts';
import type { AgentDeps, GateReport } from '../../../worker/agent/agent-deps.ts';
import { AgentLimits } from '../../../worker/agent/limits.ts';
import type { Recorder } from '../../../worker/agent/recorder.ts';
import { reviewDiff } from '../../../worker/agent/review.ts';
import { emptyRun } from '../../../worker/agent/run-state.ts';
import { noSideCalls, saidFor, withSideResult } from '../../../worker/agent/side-calls.ts';

const stamp = { seq: 1, at: 0, attempt: 1 };
const usage = {
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  output_tokens: 0,
};

function intent(purpose: SideIntent['purpose'], text: string): SideIntent {
  const message = { role: 'user' as const, content: [{ type: 'text', text }] };
  return {
    ...stamp,
    type: 'side_intent',
    purpose,
    message,
    max_tokens: 8_000,
    reserved_micro_usd: 1,
  };
}

function result(purpose: SideIntent['purpose'], more: Partial<SideResult>): SideResult {
  const base = { ...stamp, type: 'side_result', purpose, text: '', usage, cost_micro_usd: 1 };
  return { ...base, type: 'side_result', status: 'continued', ...more };
}

const content = [{ type: 'tool_use', id: 'toolu_1', name: 'read', input: {} }];

test('a conversation that was left off is no beginning of one for another purpose', () => {
  const review = { ...noSideCalls, open: intent('review', 'Review') };
  const calls = withSideResult(review, result('review', { content }));
  expect(saidFor(calls, 'review')).toHaveLength(2);
  expect(saidFor(calls, 'describe')).toEqual([]);
  const asked = { ...calls, open: intent('describe', 'Describe') };
  const lost = withSideResult(asked, result('describe', { status: 'lost' }));
  expect(saidFor(lost, 'describe')).toEqual([]);
});

test('a review that was paid for counts after a restart, whatever it has left of the budget', async () => {
  const finding = { severity: 'blocking', file: 'sum.ts', line: 1, evidence: 'It is wrong.' };
  const text = JSON.stringify({ findings: [finding] });
  const results = [result('review', { status: 'answered', text })];
  const state = { ...emptyRun, cost_micro_usd: 900_000, side: { ...noSideCalls, results } };
  const report: GateReport = {
    empty: false,
    stat: '1 file',
    diff: '+++ b/sum.ts',
    findings: [],
    changed_lines: 12,
  };
  const deps = { reviewer: true, limits: AgentLimits.parse({ budget_micro_usd: 1_000_000 }) };
  const found = await reviewDiff({ state: () => state } as unknown as Recorder, {
    deps: deps as unknown as AgentDeps,
    price: findPrice('claude-sonnet-5-5', Date.UTC(2026, 10, 22)),
    report,
  });
  expect(found).toEqual([finding]);
});
