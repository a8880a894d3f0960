import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createReadRegistry } from '../../../worker/tools/read-registry.ts';
import { runTool } from '../../../worker/tools/run-tool.ts';
import type { ToolOutput } from '../../../worker/tools/tool-result.ts';
import { createWorkspace } from '../../../worker/tools/workspace.ts';

/** A workspace in a temporary folder whose tools run in this process; removed when the test ends. */
export function createBench(files: Readonly<Record<string, string | Buffer>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cody-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const roots = {
    repo: join(folder, 'repo'),
    logs: join(folder, 'logs'),
    scratch: join(folder, 'scratch'),
  };
  for (const root of Object.values(roots)) mkdirSync(root);
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(roots.repo, path)), { recursive: true });
    writeFileSync(join(roots.repo, path), content);
  };
  for (const [path, content] of Object.entries(files)) put(path, content);
  const context = {
    workspace: createWorkspace(roots),
    registry: createReadRegistry(),
    shell: 'The shell is off in this test.',
    callId: 'call',
    signal: new AbortController().signal,
  };
  const call = (name: string, input: unknown): Promise<ToolOutput> => runTool(context, name, input);
  return {
    folder,
    ...roots,
    put,
    call,
    /** The text of a call's result; an error is marked. */
    text: async (name: string, input: unknown) => textOf(await call(name, input)),
  };
}

/** The text blocks of a result, with `ERROR: ` before those of an error. */
export function textOf(output: Pick<ToolOutput, 'content' | 'is_error'>): string {
  const text = output.content.map((block) => (block.type === 'text' ? block.text : '[image]'));
  return (output.is_error ? 'ERROR: ' : '') + text.join('\n');
}
