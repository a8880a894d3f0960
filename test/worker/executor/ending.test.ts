import { spawn } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { Policy } from '../../../core/policy.ts';
import { startProcess } from '../../../core/process.ts';
import { endAttemptUser, processesOf } from '../../../worker/executor/attempt-user.ts';
import { endAll, ProcessesLeft } from '../../../worker/executor/end-all.ts';
import type { ExecutorProcess } from '../../../worker/executor/executor-process.ts';
import { giveFolder } from '../../../worker/executor/give-folder.ts';
import { endLeftOvers, groupAlive, LeftOversError } from '../../../worker/executor/left-overs.ts';
import { readStat } from '../../../worker/executor/read-process.ts';
import { supervise } from '../../../worker/executor/supervise.ts';
import { executorLimits, processExcess } from '../../../worker/executor/use.ts';
import { hasThreads, headless } from './headless.ts';

/* Only root can give a user to others, or files. */
const isRoot = process.getuid?.() === 0;

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cody-ending-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('an end that does not come is an error, and no end', async () => {
  const never = endAll({ left: () => true, end: () => undefined, withinMs: 30 });
  await expect(never).rejects.toBeInstanceOf(ProcessesLeft);
  let left = 3;
  await endAll({ left: () => left > 0, end: () => (left -= 1), withinMs: 10_000 });
  expect(left).toBe(0);
});

test('what cannot be told is no end', async () => {
  const full = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  let asked = 0;
  const left = (until: number) => () => {
    asked += 1;
    if (asked < until) throw full;
    return false;
  };
  await endAll({ left: left(3), end: () => undefined, withinMs: 10_000 });
  const never = endAll({ left: left(Infinity), end: () => undefined, withinMs: 30 });
  await expect(never).rejects.toMatchObject({ name: 'ProcessesLeft', cause: full });
});

test('a process whose first thread has ended is there, takes memory, and is ended', async () => {
  if (!hasThreads) return;
  const uid = isRoot ? 61_237 : undefined;
  const [command, ...args] = headless;
  const child = spawn(command, args, { detached: true, ...(uid ? { uid, gid: uid } : {}) });
  const pid = child.pid ?? 0;
  onTestFinished(() => void child.kill('SIGKILL'));
  const first = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
  await expect.poll(first, { timeout: 20_000 }).toBe('Z');
  expect(readStat(String(pid))).toMatchObject({ pgid: pid, ended: false });
  expect(groupAlive(pid)).toBe(true);
  const limits = { ...executorLimits(Policy.parse({}).commands), memory: 30e6 };
  expect(processExcess([pid], limits)).toMatchObject({ what: 'memory' });
  if (uid === undefined) return;
  expect(processesOf(uid)).toEqual([pid]);
  await endAttemptUser(uid, 'setpriv');
  expect(processesOf(uid)).toEqual([]);
});

test('a user whose processes cannot be ended is not believed to have none', async () => {
  if (!isRoot) return;
  const uid = 61_234;
  const child = spawn('sleep', ['1000'], { uid, gid: uid });
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => processesOf(uid).length).toBe(1);
  // A program that ends nothing in place of setpriv.
  await expect(endAttemptUser(uid, 'true', 50)).rejects.toBeInstanceOf(ProcessesLeft);
  await endAttemptUser(uid, 'setpriv');
  expect(processesOf(uid)).toEqual([]);
});

test('what a command left running and cannot be ended is told to its parent', async () => {
  // Its group is asked for, and killing it does nothing.
  const child = startProcess({ command: 'sleep', args: ['1000'], env: {}, group: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  const deaf = { ...child, kill: () => true };
  await expect(endLeftOvers(deaf, { type: 'group' })).rejects.toBeInstanceOf(LeftOversError);
});

/** A tool process that takes questions, and whose end cannot be had. */
function immortal(): ExecutorProcess {
  const gone = Promise.reject<void>(new ProcessesLeft());
  gone.catch(() => undefined);
  return {
    ready: Promise.resolve(),
    send: () => undefined,
    pids: () => [],
    stop: () => gone,
    gone,
  };
}

test('after a tool process that cannot be ended nothing is started, and closing fails', async () => {
  let starts = 0;
  const launch = () => {
    starts += 1;
    return immortal();
  };
  const supervised = supervise(launch, pino({ level: 'silent' }));
  await supervised.start();
  expect(await supervised.ended).toBe('given_up');
  // No outcome of the run: the next attempt goes on.
  expect(supervised.over.reason).toBeInstanceOf(ProcessesLeft);
  const question = { type: 'run', call_id: 'a', name: 'read', input: {} } as const;
  expect(await supervised.ask(question, { limitMs: 1_000, alone: false })).toMatchObject({
    type: 'lost',
  });
  expect(starts).toBe(1);
  await expect(supervised.close()).rejects.toBeInstanceOf(ProcessesLeft);
});

test('a folder is given with what is in it, and with nothing that stands elsewhere', () => {
  if (!isRoot) return;
  const [folder, outside] = [temporary(), temporary()];
  const uid = 61_235;
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/a/b/`), Buffer.from([0xff])]), 'x');
  writeFileSync(join(folder, 'a/file'), 'x');
  mkdirSync(join(outside, 'folder'));
  writeFileSync(join(outside, 'file'), 'x');
  chmodSync(join(outside, 'file'), 0o600);
  symlinkSync(join(outside, 'folder'), join(folder, 'link'));
  symlinkSync(join(outside, 'file'), join(folder, 'file-link'));
  linkSync(join(outside, 'file'), join(folder, 'second-name'));
  giveFolder(uid, folder);
  expect(statSync(folder)).toMatchObject({ uid, gid: uid });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of ['a', 'a/b', 'a/file']) expect(statSync(join(folder, name)).uid).toBe(uid);
  const odd = Buffer.concat([Buffer.from(`${folder}/a/b/`), Buffer.from([0xff])]);
  expect(statSync(odd).uid).toBe(uid);
  for (const name of ['', 'folder', 'file']) expect(lstatSync(join(outside, name)).uid).toBe(0);
});
