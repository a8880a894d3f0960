import { toolCatalog } from '../tools/catalog.ts';
import { errorOutput } from '../tools/tool-result.ts';
import type { Tools } from './agent-deps.ts';
import { describeInstead } from './plan-prompt.ts';

const mutating = new Set(toolCatalog.filter((tool) => tool.mutating).map((tool) => tool.name));

/** The same tools for a run that only plans: those that might change something are offered and not run. */
export function planTools(tools: Tools): Tools {
  return {
    ...tools,
    run: async (call, signal) =>
      mutating.has(call.name)
        ? { ...errorOutput(describeInstead), duration_ms: 0 }
        : tools.run(call, signal),
  };
}
