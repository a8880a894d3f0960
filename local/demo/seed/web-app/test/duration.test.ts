import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../src/format/duration.ts';

test('shows minutes alone below an hour', () => {
  assert.equal(formatDuration(0), '0 min');
  assert.equal(formatDuration(25), '25 min');
});

test('shows hours and minutes', () => {
  assert.equal(formatDuration(90), '1 h 30 min');
  assert.equal(formatDuration(125), '2 h 5 min');
});

test('leaves the minutes out on the full hour', () => {
  assert.equal(formatDuration(60), '1 h');
  assert.equal(formatDuration(180), '3 h');
});

test('refuses what is not a duration', () => {
  assert.throws(() => formatDuration(-1), RangeError);
});
