import type { ToolResult } from '../../../worker/tools/tool-result.ts';
import type { Call, ToolCase } from './case.ts';
import { callsOf, type CaseBench, type CaseBenches } from './case-benches.ts';
import { expandInput } from './content.ts';
import { judge, needsSnapshot } from './judge.ts';
import { applyChange } from './lay-out.ts';
import { snapshot } from './snapshot.ts';

/** What `npm run tools` prints for a case; `why` is empty when it is ok. */
export type CaseVerdict = Readonly<{ id: string; ok: boolean; why: string }>;

/** Runs one case through the executor's public door. Never rejects. */
export async function runCase(benches: CaseBenches, toolCase: ToolCase): Promise<CaseVerdict> {
  try {
    const problems = await benches.use(toolCase, (bench) => play(bench, toolCase));
    return { id: toolCase.id, ok: problems.length === 0, why: problems.join('; ') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { id: toolCase.id, ok: false, why };
  }
}

async function play(bench: CaseBench, toolCase: ToolCase): Promise<string[]> {
  const { folders, sandbox } = bench;
  if (toolCase.sandbox !== undefined && sandbox.kind !== toolCase.sandbox) {
    return [`needs the sandbox ${toolCase.sandbox}: ${sandbox.reason}`];
  }
  if (toolCase.sandbox === undefined && needsShell(toolCase) && !sandbox.shell) {
    return [`needs the Debian package bubblewrap: ${sandbox.reason}`];
  }
  const before = needsSnapshot(toolCase.expect) ? snapshot(folders.workTree) : undefined;
  const results: ToolResult[] = [];
  let calls = 0;
  const call = ({ name, input }: Call): Promise<ToolResult> => {
    calls += 1;
    return bench.executor.run({ id: `call-${calls}`, name, input: expandInput(input) });
  };
  for (const step of toolCase.calls) {
    if ('change' in step) await applyChange(folders, step.change);
    else if ('parallel' in step) results.push(...(await Promise.all(step.parallel.map(call))));
    else results.push(await call(step));
  }
  return judge({ folders, results, before }, toolCase.expect);
}

function needsShell(toolCase: ToolCase): boolean {
  return callsOf(toolCase.calls).some(({ name }) => name === 'bash');
}
