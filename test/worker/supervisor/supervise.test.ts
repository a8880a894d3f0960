import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { maxMemory } from '../../../worker/supervisor/max-memory.ts';
import { supervise, type Watched } from '../../../worker/supervisor/supervise.ts';
import { reachOf } from '../../support/imports.ts';

const folder = mkdtempSync(join(tmpdir(), 'cody-supervise-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let programs = 0;

/** Watches over a program of these lines, in which `tell` hands text to the test. */
function watch(lines: string, watched: Partial<Watched> = {}) {
  programs += 1;
  const program = join(folder, `${programs}.mjs`);
  const out = `${program}.txt`;
  const tell = `const tell = (text) => fs.writeFileSync(${JSON.stringify(out)}, text);`;
  writeFileSync(
    program,
    `import fs from 'node:fs';\nimport { spawn } from 'node:child_process';\n${tell}\n${lines}`,
  );
  const killed: string[] = [];
  const supervised = supervise({
    program,
    execArgv: [],
    env: { PATH: '/usr/bin:/bin' },
    keyDescriptor: undefined,
    maxMemory: Infinity,
    deadlineMs: 60_000,
    stopMs: 60_000,
    lookMs: 20,
    onKill: (why) => killed.push(why),
    ...watched,
  });
  const told = async (): Promise<string> => {
    for (;;) {
      try {
        const text = readFileSync(out, 'utf8');
        if (text !== '') return text;
      } catch {
        // Not yet.
      }
      await sleep(10);
    }
  };
  return { ...supervised, killed, told };
}

const waits = 'setInterval(() => undefined, 1000);';

it.each([
  ['process.exit(0)', 0],
  ['process.exit(7)', 7],
  ["process.kill(process.pid, 'SIGKILL'); setInterval(() => undefined, 1000)", 137],
])('ends as the agent process ends: %s', async (line, code) => {
  expect(await watch(line).ended).toBe(code);
});

it('tells the agent process to stop, also before it listens', async () => {
  const stops =
    "process.stdin; new (await import('node:net')).Socket({ fd: 3 }).on('data', () => process.exit(0));";
  const watched = watch(`${waits}\n${stops}`);
  watched.stop();
  watched.stop();
  expect(await watched.ended).toBe(0);
  expect(watched.killed).toEqual([]);
});

it('ends one that does not stop in its time', async () => {
  const watched = watch(waits, { stopMs: 50 });
  watched.stop();
  expect(await watched.ended).toBe(1);
  expect(watched.killed).toEqual(['stop']);
});

it('ends one that takes too long, or too much memory', async () => {
  const late = watch(waits, { deadlineMs: 50 });
  expect([await late.ended, late.killed]).toEqual([1, ['deadline']]);
  const large = watch(`globalThis.kept = Buffer.alloc(160 * 1024 ** 2, 1);\n${waits}`, {
    maxMemory: 96 * 1024 ** 2,
  });
  expect([await large.ended, large.killed]).toEqual([137, ['memory']]);
});

it('gives a run more memory in a larger task, and no more than it may on a shared machine', () => {
  const gib = 1024 ** 3;
  const of = (task: number, cap?: number) =>
    maxMemory({ constrained: task * gib, total: 64 * gib, cap }) / gib;
  expect([of(2), of(4), of(8)]).toEqual([1.2, 2.4, 4.8]);
  expect([of(8, 2 * gib), of(2, 2 * gib), of(0), of(2 ** 33)]).toEqual([2, 1.2, 38.4, 38.4]);
});

it('leaves nothing that the agent process has started by another thread', async () => {
  const watched = watch(`
    const { Worker } = await import('node:worker_threads');
    const start = "require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).pid";
    new Worker("require('node:worker_threads').parentPort.postMessage(" + start + "); setInterval(() => 0, 1000)", { eval: true })
      .on('message', (pid) => tell(String(pid)));
    ${waits}`);
  const pid = Number(await watched.told());
  watched.kill();
  await watched.ended;
  await expect.poll(() => isAlive(pid)).toBe(false);
});

it('leaves nothing that the agent process has started', async () => {
  const watched = watch(`
    const start = (detached) => spawn('sleep', ['60'], { detached, stdio: 'ignore' }).pid;
    tell([start(true), start(false)].join(' '));
    ${waits}`);
  const pids = (await watched.told()).split(' ').map(Number);
  watched.kill();
  await watched.ended;
  await expect.poll(() => pids.filter((pid) => isAlive(pid))).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

it('loads modules of Node, the one that starts processes, and a log only when there is something to say', () => {
  const worker = join(import.meta.dirname, '../../../worker');
  const own = [
    'host-pipe.ts',
    'supervisor/config.ts',
    'supervisor/max-memory.ts',
    'supervisor/processes.ts',
  ];
  const modules = ['main.ts', 'supervisor/supervise.ts', ...own]
    .flatMap((file) => reachOf(readFileSync(join(worker, file), 'utf8')).modules)
    .filter(
      (name) => !name.startsWith('node:') && !own.some((file) => name.endsWith(basename(file))),
    );
  expect(new Set(modules)).toEqual(
    new Set(['../core/log.ts', '../../core/process.ts', './supervisor/supervise.ts']),
  );
});
