import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createShell } from '../../../worker/executor/shell.ts';
import { textOf } from '../tools/bench.ts';
import { hasThreads, headless } from './headless.ts';
import { startOn } from './start.ts';

test('runs a fresh shell in the repository and ends with exit code and duration', async () => {
  const { bash } = await startOn();
  const first = await bash('pwd; X=1; cd /tmp; exit 3');
  expect(first).toMatchObject({ is_error: false, exit_code: 3, mutated: false });
  expect(textOf(first)).toMatch(/^\/workspace\/repo\nexit code: 3\nduration: \d+\.\d s$/);
  expect(textOf(await bash('echo "$X-$PWD" >&2; false | true'))).toMatch(
    /^-\/workspace\/repo\nexit code: 0\n/,
  );
  expect((await bash('kill -SEGV $$')).exit_code).toBe(139);
  expect(textOf(await bash('true'))).toMatch(/^\[no output\]\nexit code: 0/);
});

test('keeps the order of stdout and stderr, and strips colours', async () => {
  const { bash } = await startOn();
  const text = textOf(
    await bash(`for i in 1 2 3; do echo out$i; printf '\\e[31merr%s\\e[0m\\n' $i >&2; done`),
  );
  expect(text).toMatch(/^out1\nerr1\nout2\nerr2\nout3\nerr3\n/);
});

test('gives commands nothing but the listed environment, and no input', async () => {
  const { bash } = await startOn();
  const text = textOf(await bash('env | cut -d= -f1 | sort | tr "\\n" " "; cat | wc -c'));
  expect(text).toMatch(
    /^CI GIT_PAGER GIT_TERMINAL_PROMPT HOME LANG LOGNAME NO_COLOR PAGER PATH PWD SHELL SHLVL TERM TMPDIR USER _ 0\n/,
  );
});

test('cuts long output in the middle and keeps all of it in a log that read opens', async () => {
  const { bash, call, logs } = await startOn();
  const text = textOf(await bash('seq 1 20000'));
  expect(text.length).toBeLessThan(31_000);
  expect(text).toMatch(/^1\n2\n/);
  expect(text).toMatch(/\n20000\nexit code: 0\n/);
  const [, omitted, path] = /… (\d+) lines omitted; full log: (\S+) …/.exec(text) ?? [];
  const shown = text.split('\n').filter((line) => /^\d+$/.test(line)).length;
  expect(Number(omitted) + shown).toBe(20_000);
  expect(path).toBe('/workspace/logs/bash-call-1.log');
  expect(readFileSync(join(logs, 'bash-call-1.log'), 'utf8').split('\n').length).toBe(20_001);
  expect(textOf(await call('read', { file_path: path, offset: 10_000, limit: 1 }))).toContain(
    '10000',
  );
});

test('ends a command that takes too long, deaf ones too', async () => {
  const { bash } = await startOn();
  const result = await bash(`trap '' TERM; echo begun; while true; do sleep 0.1; done`, {
    timeout_ms: 300,
  });
  expect(result).toMatchObject({ is_error: true, exit_code: 124 });
  expect(textOf(result)).toMatch(/begun\n\[timed out after 0.3 s and was ended/);
});

test('leaves no process behind, daemons included', async () => {
  const { bash } = await startOn();
  const first = textOf(
    await bash('sleep 1000 & setsid sleep 1000 & (setsid nohup sleep 1000 &) ; echo done'),
  );
  expect(first).toMatch(
    /^done\n\[background processes were still running and were ended\]\nexit code: 0/,
  );
  // One that has ended stays listed until somebody has asked for its exit code.
  const ended = String.raw`grep -q '^State:\sZ' "$p/status"`;
  const left = textOf(await bash(`for p in /proc/[0-9]*; do ${ended} || cat "$p/comm"; done`));
  expect(left).toContain('bwrap\n');
  expect(left).not.toContain('sleep');
});

test('leaves no process behind whose first thread has ended', async () => {
  if (!hasThreads) return;
  const { bash } = await startOn();
  const quoted = headless.map((word) => `'${word}'`).join(' ');
  const left = await bash(`setsid -f ${quoted} >/dev/null 2>&1; sleep 2`);
  expect(textOf(left)).toMatch(/background processes were still running and were ended/);
});

test('a command is cancelled by its signal', async () => {
  const { bash, call, workTree } = await startOn();
  const controller = new AbortController();
  const running = call('bash', { command: 'touch begun; sleep 1000' }, controller.signal);
  await expect.poll(() => existsSync(join(workTree, 'begun')), { timeout: 20_000 }).toBe(true);
  controller.abort();
  expect(await running).toMatchObject({ is_error: true });
  expect(textOf(await bash('echo alive'))).toMatch(/^alive/);
});

test('tells whether the command changed a file that could be committed', async () => {
  const { bash, workTree } = await startOn();
  writeFileSync(join(workTree, '.gitignore'), 'out/\n');
  expect(await bash('mkdir -p out node_modules; touch out/a node_modules/b')).toMatchObject({
    mutated: false,
  });
  expect(await bash('touch new')).toMatchObject({ mutated: true });
  expect(await bash('chmod +x new')).toMatchObject({ mutated: true });
  expect(await bash('cat new')).toMatchObject({ mutated: false });
  expect(await bash('rm new')).toMatchObject({ mutated: true });
});

test('refuses a command longer than the system takes', async () => {
  const { bash } = await startOn();
  expect(textOf(await bash(`: ${'x'.repeat(130_000)}`))).toMatch(/ERROR: .*script below/);
});

test('runs the bundled Node with sockets on the loopback', async () => {
  const { bash, workTree } = await startOn();
  writeFileSync(
    join(workTree, 'a.test.mjs'),
    `import { createServer } from 'node:http'; import test from 'node:test'; import assert from 'node:assert';
     test('answers', async () => {
       const server = createServer((_, response) => response.end('hi')).listen(0, '127.0.0.1');
       await new Promise((resolve) => server.once('listening', resolve));
       const answer = await fetch('http://localhost:' + server.address().port);
       assert.equal(await answer.text(), 'hi'); server.closeAllConnections(); server.close();
     });`,
  );
  const result = await bash('node --test a.test.mjs');
  expect(textOf(result)).toMatch(/pass 1/);
  expect(result.exit_code).toBe(0);
});

test.each([
  ['closed', 'chmod 000 /workspace/logs'],
  ['full of traps', 'for n in $(seq 9); do mkfifo /workspace/logs/bash-call-$n.log; done'],
  ['full of folders', 'for n in $(seq 9); do mkdir /workspace/logs/bash-call-$n.log; done'],
])('a log folder that is %s stops neither commands nor their limits', async (_, spoil) => {
  const { bash } = await startOn();
  await bash(spoil);
  const result = await bash('seq 20000; sleep 30', { timeout_ms: 1_000 });
  expect(result).toMatchObject({ exit_code: 124 });
  expect(textOf(result)).toMatch(/lines omitted; the full log could not be written/);
  expect(textOf(await bash('pgrep -c sleep'))).toMatch(/^0\n/);
});

test('a full disk under the log ends neither the command nor the executor', async () => {
  const shell = createShell({
    repo: '/',
    logs: '/dev',
    env: { PATH: '/usr/bin:/bin' },
    ownProcesses: { type: 'group' },
  });
  const result = await shell(
    { command: 'seq 20000', timeoutMs: 10_000, logName: 'full' },
    new AbortController().signal,
  );
  expect(result).toMatchObject({ exitCode: 0 });
  expect(result.output).toMatch(/could not be written[^]*\n20000\n$/);
});
