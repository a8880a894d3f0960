import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type ProcessResult, runProcess, startProcess } from '../../core/process.ts';
import { startAnthropicStandin } from '../../local/standin/anthropic/anthropic-standin.ts';
import { childEnv } from '../support/child-env.ts';
import { until } from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const main = fileURLToPath(new URL('../../local/demo/main.ts', import.meta.url));
const seeds = fileURLToPath(new URL('../../local/demo/seed', import.meta.url));

const Document = z.strictObject({
  model: z.string(),
  request: z.strictObject({ id: z.string(), status: z.string() }),
  jobs: z.array(
    z.looseObject({
      repository: z.string(),
      state: z.string(),
      cause: z.string(),
      base_sha: z.string().length(40),
      branch: z.string(),
      pull_request: z.strictObject({
        number: z.number(),
        head_sha: z.string().length(40),
        files: z.number().positive(),
      }),
      check_run: z.strictObject({ id: z.number(), conclusion: z.string() }),
      turns: z.number().positive(),
      cost_micro_usd: z.number().positive(),
    }),
  ),
  timings_ms: z.record(z.string(), z.number().nonnegative()),
});

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-demo-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return {
    command: process.execPath,
    args: [main, ...args],
    env: { ...childEnv, CODY_DATA_DIR: join(folder, 'data'), ...env },
  };
}

function lastLine({ stdout }: ProcessResult): unknown {
  return JSON.parse(stdout.toString().trimEnd().split('\n').at(-1) ?? '');
}

/** A git repository with the files of one of the seed repositories. */
async function repository(name: string): Promise<string> {
  const dir = join(folder, name);
  await mkdir(dir);
  const identity = ['-c', 'user.name=requester', '-c', 'user.email=requester@example.invalid'];
  const script = [
    ['init', '--quiet', '--initial-branch=trunk'],
    [`--work-tree=${join(seeds, name)}`, 'add', '.'],
    [...identity, 'commit', '--quiet', '-m', 'Start'],
  ];
  for (const args of script) {
    const result = await runProcess({ command: 'git', args, cwd: dir, env: childEnv });
    if (result.exitCode !== 0) throw new Error(result.stderr.toString());
  }
  return dir;
}

describe('the demo', () => {
  it('stays up, so that its branches can be cloned, and ends with status 0 when it is interrupted', async () => {
    const child = startProcess({ ...demo([]), group: true });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      output += String(chunk);
    });
    await until('the demo stays up', () => output.includes('stays up until'));
    const lines = output.split('\n').filter((line) => line.startsWith('git clone '));
    expect(lines, output).toHaveLength(2);
    for (const [index, line] of lines.entries()) {
      const args = [...line.split(' ').slice(1), join(folder, `clone-${index}`)];
      const clone = await runProcess({ command: 'git', args, env: childEnv });
      expect(clone.exitCode).toBe(0);
    }
    child.kill('SIGINT');
    expect((await child.ended).exitCode).toBe(0);
  });

  it('works with a real model and with repositories of the person, and prints one JSON document as its last line', async () => {
    const apiKey = 'key-of-the-test';
    const model = await startAnthropicStandin({ apiKey });
    const places = [await repository('web-app'), await repository('billing-service')];
    const args = ['--live', '--budget', '1', '--once', '--json'];
    const result = await runProcess(
      demo(
        [
          ...args,
          ...places.flatMap((place) => ['--repo', place]),
          'Durations are wrong: make the tests pass.',
        ],
        { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: model.url },
      ),
    );
    await model.close();
    expect(result.exitCode, `${result.stdout.toString()}${result.stderr.toString()}`).toBe(0);
    expect(result.stdout.toString()).toContain('Budget: $1.00');
    const document = Document.parse(lastLine(result));
    expect(document.model).toBe('claude-sonnet-5-5');
    expect(document.request.status).toBe('succeeded');
    expect(
      document.jobs.map(({ repository, state, check_run }) => [
        repository,
        state,
        check_run.conclusion,
      ]),
      result.stdout.toString(),
    ).toEqual([
      ['acme/web-app', 'pull_request', 'success'],
      ['acme/billing-service', 'pull_request', 'success'],
    ]);
    expect(await readdir(join(folder, 'data'))).toEqual([]);
  });

  it('asks for a key when the real model is wanted', async () => {
    const result = await runProcess(demo(['--live']));
    expect(result.exitCode).toBe(2);
    expect(result.stderr.toString()).toContain('ANTHROPIC_API_KEY');
  });

  it('ends with status 1 and the place of its logs when a repository cannot be read', async () => {
    const args = ['--live', '--once', '--repo', join(folder, 'nothing'), 'Fix it'];
    const result = await runProcess(demo(args, { ANTHROPIC_API_KEY: 'key-of-the-test' }));
    expect(result.exitCode).toBe(1);
    expect(result.stderr.toString()).toContain('nothing');
    expect(result.stderr.toString()).toContain('Logs are in');
  });
});
