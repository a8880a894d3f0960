import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { runProcess } from '../../../core/process.ts';
import type { Actor } from '../../../local/standin/anthropic/actor.ts';
import { childEnv } from '../../support/child-env.ts';
import { startModel, submission } from './support/harness.ts';

const TURNS = 1_000;
const CONTEXT = 40_000;
// Otherwise V8 lets garbage pile up as long as the machine has memory to spare; what is in use stays below 40 MB.
const flags = ['--max-semi-space-size=8'];
const Report = z.object({ type: z.string(), turns: z.int(), events: z.int(), peak_kb: z.int() });

/** Reads until the last result has come. Every path is new, so that the run does not look stuck. */
const reader: Actor = ({ messages }) => {
  const text = JSON.stringify(messages.slice(-3));
  const last = Number([...text.matchAll(/result (\d+) of/g)].at(-1)?.[1] ?? 0);
  if (last >= TURNS - 1) return { toolUses: [{ name: 'submit', input: submission }] };
  const input = { file_path: `part-${last}.ts` };
  return { thinking: `On to ${last + 1}.`, toolUses: [{ name: 'read', input }] };
};

test('runs a thousand turns within its context and 300 MB', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-long-run-'));
  try {
    const standin = await startModel(reader, { maxInputTokens: CONTEXT });
    const journal = join(folder, 'journal.jsonl');
    const script = join(import.meta.dirname, 'support', 'long-run.ts');
    const ended = await runProcess(
      {
        command: process.execPath,
        args: [...flags, script, standin.url, journal, String(TURNS), String(CONTEXT)],
        env: childEnv,
      },
      { timeoutMs: 110_000 },
    );
    expect(ended.stderr.toString()).toBe('');
    const report = Report.parse(JSON.parse(ended.stdout.toString()));
    const requests = standin.requests();
    const types = readFileSync(journal, 'utf8').match(/"type":"compaction","kind":"summary"/g);
    const longest = Math.max(
      ...requests.map(({ usage }) =>
        usage
          ? usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
          : 0,
      ),
    );
    process.stdout.write(
      `${report.turns} turns, ${types?.length} summaries, longest prompt ${longest} of ${CONTEXT} tokens, peak ${Math.round(report.peak_kb / 1024)} MB\n`,
    );
    expect(report).toMatchObject({ type: 'submitted', turns: TURNS });
    expect(requests.every(({ status }) => status === 200)).toBe(true);
    expect(types?.length).toBeGreaterThan(10);
    expect(longest).toBeLessThan(CONTEXT);
    expect(report.peak_kb).toBeLessThan(300 * 1024);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
