import type { ContentBlock } from '../../core/journal.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { AgentTask } from './agent-task.ts';
import { capabilitiesFromData } from './model-capabilities.ts';
import { type FirstBlock, systemPrompt } from './prompt.ts';
import type { Recorder } from './recorder.ts';
import { sha256 } from '../../core/ids.ts';

/** Records the header: system text, tools, model and first message stay as they are now, over every restart. */
export async function startRun(
  recorder: Recorder,
  run: Readonly<{ deps: AgentDeps; task: AgentTask }>,
): Promise<void> {
  const { deps, task } = run;
  const tools = deps.tools.catalog.map((tool) => ({
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.input_schema },
    mutating: tool.mutating,
  }));
  // The automatic breakpoint falls on the last block, which must not carry one with another lifetime.
  const last = task.first.length - 1;
  const content = task.first.flatMap((block, index) => {
    const text = { type: 'text', text: deps.redact(block.text).toWellFormed() };
    const mark =
      block.breakpoint && index < last ? { cache_control: { type: 'ephemeral', ttl: '1h' } } : {};
    return block.image ? [text, { ...imageBlock(block.image), ...mark }] : [{ ...text, ...mark }];
  });
  await recorder.record({
    type: 'run_header',
    model: task.model,
    effort: task.effort,
    system: systemPrompt,
    system_sha256: sha256(systemPrompt),
    tools,
    tools_sha256: sha256(JSON.stringify(tools)),
    base_sha: task.base_sha,
    first_messages: [{ role: 'user', content }],
    model_limits: {
      max_input_tokens: task.model_limits.max_input_tokens,
      max_output_tokens: task.model_limits.max_output_tokens,
    },
    capabilities: task.model_limits.capabilities ?? capabilitiesFromData(task.model),
    limits: {
      max_turns: deps.limits.max_turns,
      wall_clock_ms: deps.limits.wall_clock_ms,
      budget_micro_usd: deps.limits.budget_micro_usd,
      total_tokens: deps.limits.total_tokens,
    },
  });
}

function imageBlock(image: NonNullable<FirstBlock['image']>): ContentBlock {
  return { type: 'image', source: { type: 'base64', ...image } };
}
