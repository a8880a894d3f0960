import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { Stopped } from '../../core/errors.ts';
import { JournalEntry } from '../../core/journal.ts';
import { addUsage, noUsage, Usage } from '../../core/usage.ts';
import type { Journal, Money } from '../../worker/agent/journal.ts';

const MoneyMove = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reserve'), micro_usd: z.number().int() }),
  z.object({
    type: z.literal('settle'),
    reserved_micro_usd: z.number().int(),
    actual_micro_usd: z.number().int(),
    usage: Usage,
    turns: z.number().int(),
  }),
]) satisfies z.ZodType<Money>;

/** One line of the file: an entry and the money that moved with it. */
const Line = z.object({ entry: JournalEntry, money: MoneyMove.optional() });
type Line = z.infer<typeof Line>;

/** What the run has used so far, and what is left to reserve from; money in micro-USD. */
export type JournalTotals = Readonly<{
  left: number;
  cost_micro_usd: number;
  usage: Usage;
  turns: number;
}>;

export type FileJournal = Journal &
  Readonly<{ totals: () => JournalTotals; close: () => Promise<void> }>;

/**
 * A run's journal in a file of JSON lines. An entry and its money stand in one line, which is on disk before `append`
 * resolves; a last line that was cut by a crash was never acknowledged and is removed. One process at a time.
 * Throws Error when a line before the last is not an entry.
 */
export async function openFileJournal(path: string, budgetMicroUsd: number): Promise<FileJournal> {
  const file = await open(path, 'a+', 0o600);
  const lines = await readLines(file).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  const entries = lines.map((line) => line.entry);
  let totals = lines.reduce(afterLine, {
    left: budgetMicroUsd,
    cost_micro_usd: 0,
    usage: noUsage,
    turns: 0,
  });
  return {
    totals: () => totals,
    read: async () => [...entries],
    close: () => file.close(),
    async append(entry, money) {
      const line = money ? { entry, money } : { entry };
      const next = afterLine(totals, line);
      if (money?.type === 'reserve' && next.left < 0) {
        throw new Stopped('limit', 'budget_exhausted', 'The budget of this run is used up.');
      }
      await file.appendFile(`${JSON.stringify(line)}\n`);
      await file.datasync();
      entries.push(entry);
      totals = next;
    },
  };
}

async function readLines(file: FileHandle): Promise<Line[]> {
  const bytes = await file.readFile();
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) await file.truncate(end);
  return bytes
    .toString('utf8', 0, end)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Line.parse(JSON.parse(line)));
}

function afterLine(totals: JournalTotals, { money }: Readonly<{ money?: Money }>): JournalTotals {
  if (!money) return totals;
  if (money.type === 'reserve') return { ...totals, left: totals.left - money.micro_usd };
  return {
    left: totals.left + money.reserved_micro_usd - money.actual_micro_usd,
    cost_micro_usd: totals.cost_micro_usd + money.actual_micro_usd,
    usage: addUsage(totals.usage, money.usage),
    turns: totals.turns + money.turns,
  };
}
