import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProcess } from '../../../../core/process.ts';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import { toolCatalog } from '../../../../worker/tools/catalog.ts';
import { createReadRegistry } from '../../../../worker/tools/read-registry.ts';
import { runTool } from '../../../../worker/tools/run-tool.ts';
import type { Shell } from '../../../../worker/tools/tool.ts';
import { createWorkspace } from '../../../../worker/tools/workspace.ts';
import { runAgent } from './run-agent.ts';

const SEEDS = join(import.meta.dirname, '../../../../local/demo/seed');
const PROMPT =
  'Durations are shown wrong: 90 minutes must read as 1 h 30 min, and 60 minutes as 1 h. Fix it and make the tests pass.';

let standin: AnthropicStandin;
let base: string;

beforeEach(async () => {
  standin = await startAnthropicStandin({ apiKey: 'scripted' });
  base = mkdtempSync(join(tmpdir(), 'worker-tools-'));
});
afterEach(async () => {
  await standin.close();
  rmSync(base, { recursive: true, force: true });
});

async function run(seed: string, shell: Shell | string) {
  const roots = { repo: join(base, 'repo'), logs: join(base, 'logs'), scratch: join(base, 'tmp') };
  for (const root of Object.values(roots)) mkdirSync(root);
  cpSync(join(SEEDS, seed), roots.repo, { recursive: true });
  const context = {
    workspace: createWorkspace(roots),
    registry: createReadRegistry(),
    shell,
    signal: new AbortController().signal,
  };
  return runAgent(new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 }), {
    prompt: PROMPT,
    offered: toolCatalog.map(({ name, description, input_schema }) => ({
      name,
      description,
      strict: true,
      input_schema: { ...input_schema, required: [...input_schema.required] },
    })),
    workspace: {
      run: async (name, input) => {
        const output = await runTool({ ...context, callId: 'call' }, name, input);
        const text = output.content.map((part) => (part.type === 'text' ? part.text : ''));
        return { content: text.join('\n'), isError: output.is_error };
      },
    },
  });
}

const shell: Shell = async ({ command, logName }) => {
  const { stdout, stderr, exitCode } = await runProcess({
    command: 'bash',
    args: ['-c', command],
    cwd: join(base, 'repo'),
    env: { PATH: `${join(process.execPath, '..')}:/usr/bin:/bin` },
  });
  return {
    exitCode,
    timedOut: false,
    cancelled: false,
    output: `${stdout.toString()}${stderr.toString()}`,
    logName,
    leftOver: false,
    durationMs: 1,
  };
};

it.each([
  ['web-app', 'src/format/duration.ts'],
  ['billing-service', 'lib/time.js'],
])("solves %s with the worker's own tools", async (seed, file) => {
  const { submission } = await run(seed, shell);
  expect(submission.verification[0]?.outcome).toBe('passed (exit code 0)');
  expect(readFileSync(join(base, 'repo', file), 'utf8')).toContain(' 60');
});

it("takes the worker's word that the shell is off", async () => {
  const { submission } = await run('web-app', 'The shell is off on this machine.');
  expect(submission.changes).toHaveLength(2);
  expect(submission.risks.join()).toContain('The shell is off on this machine.');
});
