import type { Tools } from '../../worker/agent/agent.ts';
import { toolCatalog } from '../../worker/tools/catalog.ts';
import { errorOutput } from '../../worker/tools/tool-result.ts';

/** The task of a run that only plans, for the model. */
export function planTask(prompt: string): string {
  return `${prompt}

Do not carry this out now: only plan it. Look around with read, grep and glob; every other tool answers that this is a plan. Then call submit with the plan as the summary: what to change in which files and why, the tests to add or adjust, how to verify it, and open questions. Leave changes and verification empty.`;
}

/** The answer to a call that would change something, or might. */
const describeInstead =
  'This is a plan; describe the change instead. Nothing was run or changed. Use read, grep and glob to look around, and put the plan into the summary of submit.';

const mutating = new Set(toolCatalog.filter((tool) => tool.mutating).map((tool) => tool.name));

/** The same tools, of which only those that read are run. */
export function planTools(tools: Tools): Tools {
  return {
    ...tools,
    run: async (call, signal) =>
      mutating.has(call.name)
        ? { ...errorOutput(describeInstead), duration_ms: 0 }
        : tools.run(call, signal),
  };
}
