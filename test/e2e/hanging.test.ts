import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Asked } from '../../local/demo/follow.ts';
import type { Job } from '../../core/job.ts';
import {
  botComments,
  ending,
  fixPrompt,
  type Running,
  startRunning,
  until,
  view,
} from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

beforeAll(async () => {
  // A call that hangs must be ended by what the worker is told, and not by a time-out of its own.
  stack = await startRunning({ CODY_GITHUB_TIMEOUT_MS: '600000', CODY_MODEL_IDLE_MS: '600000' });
});

afterAll(() => stack?.close());

/** Longer than a worker that is told to stop waits for what hangs before it ends the hard way. */
const hangsMs = 25_000;

async function ask(name: string): Promise<Asked> {
  await stack.broken(name, 'web-app');
  return stack.comment({ name, issue: stack.issue(name) }, `/cody ${fixPrompt}`);
}

/** The only job that was asked for there. */
async function jobOf({ name, issue }: Asked): Promise<Job | undefined> {
  const [status] = await botComments(stack, { name, issue });
  const id = /cody-batch:status:([\w-]+)/.exec(status?.body ?? '')?.[1];
  return id === undefined ? undefined : (await stack.server.request(id))?.jobs[0];
}

/** The children of a process that run a program of the worker. */
async function running(program: string, parent: number): Promise<readonly number[]> {
  const own = `/proc/${parent}/task/${parent}/children`;
  const children = (await readFile(own, 'utf8')).trim().split(' ').map(Number);
  const commands = await Promise.all(
    // One that has just ended is none.
    children.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return children.filter((_, index) => commands[index]?.includes(`worker/${program}`));
}

/** The worker processes of this server. */
const workers = () => running('main.ts', process.pid);

/** How the workers of this server have ended. */
async function exits(): Promise<readonly unknown[]> {
  const lines = (await readFile(join(stack.dataDir, 'server.log'), 'utf8'))
    .split('\n')
    .slice(0, -1);
  const ends = lines.filter((line) => line.includes('"msg":"task stopped"'));
  return ends.map((line) => (JSON.parse(line) as { exitCode?: number }).exitCode);
}

it('a worker that is told to stop while GitHub hangs gives its job back, and the next one ends it', async () => {
  // Its `lastIndex` tells when the call is there that hangs.
  const path = /^\/repos\/acme\/hangs\/git\/trees$/g;
  stack.github.faults.add({ method: 'POST', path, when: 'before', delayMs: hangsMs });
  const asked = await ask('hangs');
  await until('GitHub hangs', () => path.lastIndex > 0);
  const [worker, ...more] = await workers();
  expect(more).toEqual([]);
  process.kill(worker!, 'SIGTERM');
  await until('the worker is gone', async () => !(await workers()).includes(worker!));
  // Not the hard way, in which it ends what hangs after some time.
  await until('its end is logged', async () => (await exits()).length > 0);
  expect(await exits()).toEqual([0]);
  expect(await jobOf(asked)).toMatchObject({ interruptions: 1, phase: 'publish' });
  await ending(stack, asked);
  expect(await jobOf(asked)).toMatchObject({ state: 'pull_request', attempt: 1 });
  expect((await view(stack, 'hangs')).pulls).toHaveLength(1);
});

it('a publisher that ends before its work ends its attempt, and the next one goes on', async () => {
  const path = /^\/repos\/acme\/crashes\/git\/trees$/g;
  stack.github.faults.add({ method: 'POST', path, when: 'before', delayMs: hangsMs });
  const asked = await ask('crashes');
  await until('GitHub hangs', () => path.lastIndex > 0);
  const [supervisor] = await workers();
  const [agent] = await running('job/main.ts', supervisor!);
  const [publisher] = await running('publisher/main.ts', agent!);
  for (const pid of [supervisor, agent, publisher])
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('CODY_ATTEMPT_KEY=');
  process.kill(publisher!, 'SIGKILL');
  await ending(stack, asked);
  expect(await jobOf(asked)).toMatchObject({ state: 'pull_request', attempt: 2 });
  // As if the attempt had been killed itself: for want of memory, perhaps.
  expect((await exits()).at(-2)).toBe(137);
  expect((await view(stack, 'crashes')).pulls).toHaveLength(1);
});

it('a job whose model hangs is cancelled', async () => {
  let hangs = false;
  stack.model?.faults.add({
    type: 'stall',
    pings: true,
    when: () => {
      hangs = true;
      return true;
    },
  });
  const asked = await ask('stalls');
  await until('the model hangs', () => hangs);
  await stack.comment({ name: 'stalls', issue: asked.issue }, '/cody cancel');
  await until('the job is cancelled', async () => (await jobOf(asked))?.state === 'cancelled');
  expect(await jobOf(asked)).toMatchObject({
    attempt: 1,
    turns: 0,
    cause: { code: 'cancelled_by_user' },
  });
  await until('the worker is gone', async () => (await workers()).length === 0);
});
