import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesOf } from '../../../worker/executor/attempt-user.ts';
import { detectSandbox } from '../../../worker/executor/sandbox.ts';
import { textOf } from '../tools/bench.ts';
import { setprivPath, startOn } from './start.ts';

/*
 * Only root can give a user to others. For everybody else there is one fact: this kind is not there.
 */
const isRoot = process.getuid?.() === 0;

test('only root finds a user for an attempt', async () => {
  const { kind, uid } = await detectSandbox({ preferred: 'uid', setprivPath });
  if (isRoot) expect(kind).toBe('uid');
  else expect(['namespaces', 'process']).toContain(kind);
  expect(uid !== undefined).toBe(isRoot);
});

test('with a setpriv that loads no filter the shell is off, and the reason names the network', async () => {
  const sandbox = await detectSandbox({ preferred: 'uid' });
  if (sandbox.kind === 'uid' && !sandbox.filters) {
    expect(sandbox).toMatchObject({ shell: false, network: 'host' });
    expect(sandbox.reason).toMatch(/nothing closes the network: setpriv of util-linux 2\.41/);
  }
  expect(sandbox.shell).toBe(sandbox.filters ?? false);
});

test('two attempts beside each other reach neither files nor processes of one another', async () => {
  if (!isRoot) return;
  const [first, second] = await Promise.all([startOn('uid'), startOn('uid')]);
  expect(first.sandbox.uid).not.toBe(second.sandbox.uid);
  await first.bash('echo treasure > secret; chmod 666 secret');
  const hunt = await second.bash(
    [
      `cat ${first.workTree}/secret; ls ${first.folder}; ls ${first.scratch}`,
      `touch ${first.workTree}/x`,
      `for pid in $(ps -o pid= -u ${first.sandbox.uid}); do kill -9 $pid; cat /proc/$pid/environ; done`,
    ].join('\n'),
  );
  expect(textOf(hunt)).not.toContain('treasure');
  expect(textOf(hunt)).toMatch(/Permission denied[^]*Operation not permitted/);
  await second.bash('kill -9 -1');
  expect(readdirSync(first.workTree)).toEqual(['secret']);
  expect(textOf(await first.bash('cat secret'))).toMatch(/^treasure\n/);
  expect(statSync(first.workTree).mode & 0o777).toBe(0o700);
});

test('what a command leaves running ends with it, and everything of the user with the executor', async () => {
  if (!isRoot) return;
  const { bash, executor, sandbox } = await startOn('uid');
  const uid = sandbox.uid ?? 0;
  const left = await bash('setsid -f sleep 1000; setsid -f sleep 1000');
  expect(textOf(left)).toMatch(/background/i);
  expect(processesOf(uid)).toHaveLength(1);
  const running = bash('while :; do setsid -f sleep 1000; sleep 0.05; done');
  await expect.poll(() => processesOf(uid).length, { timeout: 20_000 }).toBeGreaterThan(3);
  await executor.close();
  expect(processesOf(uid)).toEqual([]);
  expect(await running).toMatchObject({ is_error: true });
});

test('commands have no rights and no sockets but those of the file system', async () => {
  if (!isRoot) return;
  const { bash, call, folder } = await startOn('uid');
  writeFileSync(join(folder, 'outside'), 'secret', { mode: 0o600 });
  const text = textOf(
    await bash(
      `grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; cat ${folder}/outside; env`,
    ),
  );
  expect(text).toMatch(/CapEff:\s+0+\nCapBnd:\s+0+\nNoNewPrivs:\s+1\nSeccomp:\s+2\n/);
  expect(text).toContain('Permission denied');
  expect(text).not.toMatch(/secret|CODY_|AWS_/);
  const listen = `require('net').createServer().on('error', (e) => console.log(e.code)).listen(0)`;
  expect(textOf(await bash(`node -e "${listen}"`))).toMatch(/^ENETUNREACH\n/);
  const local = `require('net').createServer().listen('./socket', () => process.exit(7))`;
  expect(await bash(`node -e "${local}"`)).toMatchObject({ exit_code: 7 });
  expect(textOf(await call('write', { file_path: 'a.txt', content: 'x\n' }))).toMatch(/^Created/);
  expect(existsSync(join(folder, 'filter-local'))).toBe(true);
});
