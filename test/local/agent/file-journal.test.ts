import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Stopped } from '../../../core/errors.ts';
import type { JournalEntry } from '../../../core/journal.ts';
import { openFileJournal } from '../../../local/agent/file-journal.ts';
import { pausedTime } from '../../../local/agent/paused-time.ts';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cody-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journal.jsonl');
}

const notice = (seq: number, at = seq, attempt = 1): JournalEntry => ({
  type: 'notice',
  kind: 'nudge',
  text: `Notice ${seq} ✓`,
  seq,
  at,
  attempt,
});

const usage = {
  input_tokens: 1,
  cache_read_input_tokens: 2,
  cache_creation_input_tokens: 3,
  output_tokens: 4,
};

it('gives entries and money back to the next process', async () => {
  const path = newPath();
  const first = await openFileJournal(path, 1_000);
  await first.append(notice(1), { type: 'reserve', micro_usd: 600 });
  await first.append(notice(2), {
    type: 'settle',
    reserved_micro_usd: 600,
    actual_micro_usd: 250,
    usage,
    turns: 1,
  });
  await first.append(notice(3));
  await first.close();

  const second = await openFileJournal(path, 1_000);
  expect(await second.read()).toEqual([notice(1), notice(2), notice(3)]);
  expect(second.totals()).toEqual({ left: 750, cost_micro_usd: 250, usage, turns: 1 });
  await second.close();
});

it('stores nothing when a reservation does not fit', async () => {
  const path = newPath();
  const journal = await openFileJournal(path, 1_000);
  await journal.append(notice(1), { type: 'reserve', micro_usd: 700 });
  const refused = journal.append(notice(2), { type: 'reserve', micro_usd: 301 });
  await expect(refused).rejects.toThrow(Stopped);
  await expect(refused).rejects.toMatchObject({ reason: 'limit', code: 'budget_exhausted' });
  expect(await journal.read()).toEqual([notice(1)]);
  expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
  await journal.append(notice(2), { type: 'reserve', micro_usd: 300 });
  expect(journal.totals().left).toBe(0);
  await journal.close();
});

it('removes a last line that was cut and goes on after the one before', async () => {
  const path = newPath();
  const first = await openFileJournal(path, 1_000);
  await first.append(notice(1));
  await first.close();
  appendFileSync(path, '{"entry":{"type":"notice","ki');
  const second = await openFileJournal(path, 1_000);
  await second.append(notice(2));
  await second.close();
  const third = await openFileJournal(path, 1_000);
  expect(await third.read()).toEqual([notice(1), notice(2)]);
  await third.close();
});

it('refuses a file with a damaged line in the middle', async () => {
  const path = newPath();
  appendFileSync(path, '{"entry":{}}\n');
  await expect(openFileJournal(path, 1_000)).rejects.toThrow();
});

it('counts the time between attempts as pause', () => {
  expect(pausedTime([], 1_000)).toBe(0);
  const entries = [notice(1, 100), notice(2, 200), notice(3, 1_200, 2), notice(4, 1_300, 2)];
  expect(pausedTime(entries, 5_300)).toBe(1_000 + 4_000);
});
