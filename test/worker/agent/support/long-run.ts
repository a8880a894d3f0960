import { appendFileSync, readFileSync } from 'node:fs';
import { runAgent } from '../../../../worker/agent/agent.ts';
import { createAnthropicModel } from '../../../../worker/agent/anthropic-model.ts';
import { AgentLimits } from '../../../../worker/agent/limits.ts';
import { toolCatalog } from '../../../../worker/tools/catalog.ts';

/** One long run in a process of its own: `long-run.ts <url of the API> <journal file> <turns> <context in tokens>`. */
const [baseURL = '', journal = '', turns = '0', context = '0'] = process.argv.slice(2);

const peakKb = () =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

let result = 0;
const outcome = await runAgent(
  {
    model: createAnthropicModel({ apiKey: 'test-key-of-the-agent', baseURL }),
    tools: {
      catalog: toolCatalog,
      run: async () => {
        result += 1;
        const text = `result ${result} of ${turns}\n${'some line of a file\n'.repeat(100)}`;
        return {
          content: [{ type: 'text', text }],
          is_error: false,
          mutated: false,
          duration_ms: 1,
        };
      },
    },
    journal: {
      read: async () => [],
      append: async (entry) => appendFileSync(journal, `${JSON.stringify(entry)}\n`),
    },
    redact: (text) => text,
    onEvent: () => undefined,
    signal: new AbortController().signal,
    now: Date.now,
    log: { info: () => undefined, warn: () => undefined },
    limits: AgentLimits.parse({
      budget_micro_usd: 1_000_000_000,
      max_turns: Number(turns) * 2,
      wall_clock_ms: 3_600_000,
    }),
  },
  {
    attempt: 1,
    model: 'claude-sonnet-5-5',
    effort: 'high',
    base_sha: 'a'.repeat(40),
    model_limits: {
      max_input_tokens: Number(context),
      max_output_tokens: 16_000,
      capabilities: { adaptive_thinking: true, effort: true, compaction: true },
    },
    first: [
      { text: '<task>\nRead on.\n</task>', breakpoint: true },
      { text: 'Begin.', breakpoint: false },
    ],
  },
);
process.stdout.write(
  JSON.stringify({
    type: outcome.type,
    turns: outcome.turns,
    events: outcome.events.length,
    peak_kb: peakKb(),
  }),
);
