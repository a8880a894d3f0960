import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { runProcess, startProcess } from '../../../core/process.ts';
import type { Actor } from '../../../local/standin/anthropic/actor.ts';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../local/standin/anthropic/anthropic-standin.ts';
import { childEnv } from '../../support/child-env.ts';
import { seedFiles } from '../../support/seed-files.ts';

const root = join(import.meta.dirname, '../../..');

export const apiKey = 'sk-test-key-of-the-command-line-0123';

export const prompt =
  'Durations are shown wrong: 90 minutes must read as 1 h 30 min, and 60 minutes as 1 h. Fix it and make the tests pass.';

/** The last line of `--json`, as far as the tests read it. */
export const Document = z.object({
  id: z.string(),
  outcome: z.string(),
  cause: z.string(),
  turns: z.number(),
  usage: z.object({ output_tokens: z.number() }),
  cost_micro_usd: z.number(),
  files: z.array(z.object({ path: z.string(), status: z.string() })),
  verification: z.object({ status: z.string() }),
  plan: z.string().nullable(),
  patch: z.string().nullable(),
  applied: z.boolean(),
});

export type Ended = Readonly<{ exitCode: number | null; stdout: string; stderr: string }>;
export type Started = Readonly<{ pid: number; ended: Promise<Ended> }>;

/** A person's checkout of the seed repository, a data folder, and a scripted model. All gone after the test. */
export async function startScene(actor?: Actor) {
  const folder = await mkdtemp(join(tmpdir(), 'cody-agent-'));
  const checkout = join(folder, 'web-app');
  for (const [name, text] of Object.entries(await seedFiles('web-app'))) {
    await mkdir(dirname(join(checkout, name)), { recursive: true });
    await writeFile(join(checkout, name), text);
  }
  await git(checkout, 'init', '--quiet', '--initial-branch=main');
  await git(checkout, 'add', '.');
  await git(checkout, 'commit', '--quiet', '-m', 'Start');
  const standin = await startAnthropicStandin({ apiKey, ...(actor ? { actor } : {}) });
  onTestFinished(async () => {
    await standin.close();
    await rm(folder, { recursive: true, force: true });
  });
  const env = {
    ...childEnv,
    INIT_CWD: folder,
    CODY_DATA_DIR: join(folder, 'data'),
    ANTHROPIC_API_KEY: apiKey,
    ANTHROPIC_BASE_URL: standin.url,
  };
  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    startCli(args, { ...env, ...more });
  return {
    folder,
    checkout,
    standin,
    data: env.CODY_DATA_DIR,
    start,
    run: (args: readonly string[], more?: Readonly<Record<string, string>>) =>
      start(args, more).ended,
  };
}

function startCli(args: readonly string[], env: Readonly<Record<string, string>>): Started {
  const child = startProcess({
    command: process.execPath,
    args: [join(root, 'local/agent/main.ts'), ...args],
    env,
    cwd: root,
  });
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (text.stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (text.stderr += String(chunk)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    pid: child.pid ?? 0,
    ended: child.ended.then(({ exitCode }) => ({ exitCode, ...text })),
  };
}

/** The document that `--json` printed. */
export function documentOf({ stdout, stderr }: Ended) {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`no document:\n${stdout}\n${stderr}`);
  return Document.parse(JSON.parse(last));
}

/** How many calls of the model were sent. */
export function callsOf(standin: AnthropicStandin): number {
  return standin.requests().filter(({ path }) => path === '/v1/messages').length;
}

/** Runs git as a person with a name. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const name = ['-c', 'user.name=requester', '-c', 'user.email=requester@example.invalid'];
  const result = await runProcess({
    command: 'git',
    args: ['-C', folder, ...name, ...args],
    env: childEnv,
  });
  if (result.exitCode !== 0) throw new Error(result.stderr.toString());
  return result.stdout.toString().trim();
}

/** True when the seed repository's own tests pass. */
export async function testsPass(checkout: string): Promise<boolean> {
  const result = await runProcess({
    command: process.execPath,
    args: ['--test', '--test-isolation=none'],
    env: childEnv,
    cwd: checkout,
  });
  return result.exitCode === 0;
}
