import { expect, test } from 'vitest';
import { stuckReason } from '../../../worker/agent/stuck.ts';
import type { ToolTrace } from '../../../worker/agent/tool-trace.ts';

const trace = (call: string, over: Partial<ToolTrace> = {}): ToolTrace => ({
  turn: 1,
  call,
  result: `result of ${call}`,
  is_error: false,
  mutated: false,
  ...over,
});

test('different calls are no sign', () => {
  expect(stuckReason(['a', 'b', 'c', 'd'].map((call) => trace(call)))).toBeUndefined();
});

test('the same call with the same result three times is one', () => {
  expect(stuckReason(['a', 'a'].map((call) => trace(call)))).toBeUndefined();
  expect(stuckReason(['a', 'a', 'a'].map((call) => trace(call)))).toContain('three times');
});

test('the same call with other results is none', () => {
  const traces = ['1', '2', '3'].map((result) => trace('a', { result }));
  expect(stuckReason(traces)).toBeUndefined();
});

test('the same call is none when it changes the work tree', () => {
  expect(
    stuckReason(['a', 'a', 'a'].map((call) => trace(call, { mutated: true }))),
  ).toBeUndefined();
});

test('two calls in turns are one', () => {
  expect(stuckReason(['a', 'b', 'a', 'b'].map((call) => trace(call)))).toContain('alternate');
});

test('five errors in a row are one', () => {
  const errors = ['a', 'b', 'c', 'd', 'e'].map((call) => trace(call, { is_error: true }));
  expect(stuckReason(errors)).toContain('failed');
  expect(stuckReason(errors.slice(1))).toBeUndefined();
});

test('fifteen turns with nothing new are one', () => {
  const calls = ['a', 'b', 'c', 'd'];
  const turns = Array.from({ length: 20 }, (_, turn) => trace(calls[turn % 4] ?? '', { turn }));
  expect(stuckReason(turns.slice(0, 16))).toBeUndefined();
  expect(stuckReason(turns)).toContain('Fifteen turns');
});
