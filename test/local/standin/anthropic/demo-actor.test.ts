import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../../local/standin/anthropic/anthropic-standin.ts';
import { runAgent } from './run-agent.ts';
import { openWorkspace, type ToolRunnerOptions, type Workspace } from './tool-runner.ts';

const SEEDS = join(import.meta.dirname, '../../../../local/demo/seed');
const PROMPT =
  'Durations are shown wrong: 90 minutes must read as 1 h 30 min, and 60 minutes as 1 h. Fix it and make the tests pass.';

let standin: AnthropicStandin;
let client: Anthropic;
let workspaces: Workspace[];

beforeEach(async () => {
  standin = await startAnthropicStandin({ apiKey: 'scripted' });
  client = new Anthropic({ apiKey: 'scripted', baseURL: standin.url, maxRetries: 0 });
  workspaces = [];
});

afterEach(async () => {
  await standin.close();
  await Promise.all(workspaces.map(({ remove }) => remove()));
});

async function open(seed: string, options?: ToolRunnerOptions): Promise<Workspace> {
  const workspace = await openWorkspace(join(SEEDS, seed), options);
  workspaces.push(workspace);
  return workspace;
}

async function changedFiles(workspace: Workspace, seed: string): Promise<string[]> {
  const before = await (await open(seed)).files();
  const after = await workspace.files();
  return Object.keys(after).filter((path) => after[path] !== before[path]);
}

describe.each([
  ['web-app', 'src/format/duration.ts', 'formatDuration'],
  ['billing-service', 'lib/time.js', 'spanInWords'],
])('the demo actor in %s', (seed, file, name) => {
  it('turns red tests green and reports what it saw', async () => {
    const workspace = await open(seed);
    const red = await workspace.run('bash', { command: 'node --test' });
    expect(red.content).toMatch(/exit code: 1$/);

    const { submission, turns } = await runAgent(client, { workspace, prompt: PROMPT });

    const green = await workspace.run('bash', { command: 'node --test' });
    expect(green.content).toMatch(/exit code: 0$/);
    expect(await changedFiles(workspace, seed)).toEqual([file]);
    expect(turns[0]?.length).toBeGreaterThan(1);
    expect(submission.title).toContain(name);
    expect(submission.summary).toContain('scripted model');
    expect(submission.changes).toHaveLength(2);
    expect(submission.verification).toEqual([
      { command: 'node --test', outcome: 'passed (exit code 0)' },
    ]);
    expect(submission.not_done).toEqual([]);
  });

  it('runs the tests between its edits and goes on while they are red', async () => {
    const { turns } = await runAgent(client, { workspace: await open(seed), prompt: PROMPT });
    expect(turns.slice(2)).toEqual([
      ['edit'],
      ['bash', 'read'],
      ['edit'],
      ['bash', 'read'],
      ['submit'],
    ]);
  });

  it('makes the same change without a shell and says that nothing was run', async () => {
    const workspace = await open(seed, { isShellOff: true });
    const { submission } = await runAgent(client, { workspace, prompt: PROMPT });
    expect(await changedFiles(workspace, seed)).toEqual([file]);
    expect(submission.summary).toContain('not verified');
    expect(submission.verification).toEqual([]);
    expect(submission.risks.join()).toContain('The tests were not run: The shell is off');
  });

  it('answers a question without an edit', async () => {
    const workspace = await open(seed);
    const prompt = 'Where are durations in hours and minutes put in words?';
    const { submission } = await runAgent(client, { workspace, prompt });
    expect(await changedFiles(workspace, seed)).toEqual([]);
    expect(submission.summary).toContain(file);
    expect(submission.changes).toEqual([]);
  });

  it('keeps every request a prefix of the next, so that the cache grows turn by turn', async () => {
    const { usages } = await runAgent(client, { workspace: await open(seed), prompt: PROMPT });
    for (const [index, usage] of usages.slice(1).entries()) {
      const before = usages[index];
      expect(usage.cache_read_input_tokens).toBe(
        (before?.cache_read_input_tokens ?? 0) + (before?.cache_creation_input_tokens ?? 0),
      );
    }
  });
});

describe('the demo actor asked to mention something in the README', () => {
  it('adds one sentence there and changes nothing else', async () => {
    const workspace = await open('web-app');
    const prompt = 'Also mention the unit in the README.';
    const { submission } = await runAgent(client, { workspace, prompt });
    expect(await changedFiles(workspace, 'web-app')).toEqual(['README.md']);
    expect((await workspace.files())['README.md']).toMatch(/Durations are whole minutes\.\n$/);
    expect(submission.title).toBe('Mention the unit in the README');
  });
});

describe('the demo actor with tools that lose information', () => {
  it.each<[string, ToolRunnerOptions['spoil'], RegExp]>([
    [
      'line numbers',
      (name, output) => (name === 'read' ? output.replaceAll(/^ *\d+\t/gm, '') : output),
      /no line numbers/,
    ],
    [
      'lines in the middle of a file',
      (name, output) => (name === 'read' ? output.replace(/\n.*\n/, '\n[…]\n') : output),
      /lines are missing/,
    ],
    [
      'the file names of a search',
      (name, output) => (name === 'glob' || name === 'grep' ? '3 matches' : output),
      /named no test file/,
    ],
  ])('gets stuck without %s', async (_what, spoil, reason) => {
    const workspace = await open('web-app', spoil === undefined ? {} : { spoil });
    const { submission } = await runAgent(client, { workspace, prompt: PROMPT });
    expect(await changedFiles(workspace, 'web-app')).toEqual([]);
    expect(submission.not_done.join()).toMatch(reason);
  });

  it('does not claim a green run when the exit code is missing', async () => {
    const workspace = await open('web-app', {
      spoil: (name, output) => (name === 'bash' ? output.replace(/exit code: \d+/, '') : output),
    });
    const { submission } = await runAgent(client, { workspace, prompt: PROMPT });
    expect(submission.verification).toEqual([]);
    expect(submission.risks.join()).toContain('the command output has no exit code');
  });

  it('says so when an edit is refused', async () => {
    const workspace = await open('web-app');
    const refusing: Workspace = {
      ...workspace,
      run: async (name, input) =>
        name === 'edit'
          ? { content: 'old_string was not found', isError: true }
          : workspace.run(name, input),
    };
    const { submission } = await runAgent(client, { workspace: refusing, prompt: PROMPT });
    expect(submission.not_done.join()).toContain('old_string was not found');
  });
});

describe('the demo actor after a restart of the worker', () => {
  it.each(['edit', 'bash'])('looks again and goes on when its %s was interrupted', async (tool) => {
    const workspace = await open('web-app');
    let interrupted = 0;
    const restarted: Workspace = {
      ...workspace,
      run: async (name, input) => {
        if (name !== tool || interrupted > 0) return workspace.run(name, input);
        interrupted += 1;
        return { content: 'The worker restarted; it may have partly run.', isError: true };
      },
    };
    const { submission } = await runAgent(client, { workspace: restarted, prompt: PROMPT });
    expect(interrupted).toBe(1);
    expect(submission.not_done).toEqual([]);
    expect(submission.verification.map(({ outcome }) => outcome)).toEqual(['passed (exit code 0)']);
  });
});

describe('the demo actor beside the path', () => {
  it('has no rule for other requests and says so', async () => {
    const prompt = 'Add a dark theme.';
    const { submission } = await runAgent(client, { workspace: await open('web-app'), prompt });
    expect(submission.not_done).toEqual(['The request: Add a dark theme.']);
  });

  it('answers structured output with the smallest value of its schema', async () => {
    const message = await client.messages.create({
      model: 'claude-haiku-5-5',
      max_tokens: 1000,
      messages: [{ role: 'user', content: 'Review the change.' }],
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { findings: { type: 'array', items: { type: 'string' } } },
            required: ['findings'],
            additionalProperties: false,
          },
        },
      },
    });
    expect(message.content).toMatchObject([{ type: 'text', text: '{"findings":[]}' }]);
  });
});
