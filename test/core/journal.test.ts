import { expect, test } from 'vitest';
import { ContentBlock, JournalEntry } from '../../core/journal.ts';

test('keeps the order of keys in the blocks of the model', () => {
  const text = '{"signature":"s","thinking":"","type":"thinking"}';
  expect(JSON.stringify(ContentBlock.parse(JSON.parse(text)))).toBe(text);
});

test('refuses an entry of an unknown type', () => {
  const entry = { type: 'guess', seq: 1, at: 1, attempt: 1 };
  expect(JournalEntry.safeParse(entry).success).toBe(false);
});

test('refuses an entry without its number', () => {
  const entry = { type: 'notice', kind: 'nudge', text: 'x', at: 1, attempt: 1 };
  expect(JournalEntry.safeParse(entry).success).toBe(false);
});
