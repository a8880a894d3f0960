import { expect, it } from 'vitest';
import { notedSummary } from '../../../core/render/noted-check.ts';

it('puts a note above a thread, in place of the one before', () => {
  const first = notedSummary('The thread.', 'First.');
  const second = notedSummary(first, 'Second.');
  expect(second).toContain('Second.');
  expect(second).toContain('The thread.');
  expect(second).not.toContain('First.');
  expect(notedSummary(second, 'Second.')).toBe(second);
});

it('stays within what GitHub takes', () => {
  const long = notedSummary('x\n\n'.repeat(40_000), 'Not started.');
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(65_535);
  expect(long).toContain('Not started.');
});
