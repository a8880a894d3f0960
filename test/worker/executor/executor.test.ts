import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProcess } from '../../../core/process.ts';
import { ExecutorStartError } from '../../../worker/executor/executor-process.ts';
import { textOf } from '../tools/bench.ts';
import { processesWith, startOn } from './start.ts';

test('close leaves no process, whatever runs', async () => {
  const { bash, executor, folder } = await startOn();
  const mark = `mark-${folder.slice(-6)}`;
  const running = bash(
    `(setsid sh -c "sleep 1000 # ${mark}" &); touch begun; exec -a ${mark} sleep 1000`,
  );
  await expect.poll(() => processesWith(mark).length, { timeout: 20_000 }).toBeGreaterThan(1);
  await executor.close();
  expect(processesWith(mark)).toEqual([]);
  expect(await executor.ended).toBe('closed');
  expect(textOf(await running)).toMatch(/ERROR: The tool process ended during this call/);
  expect(textOf(await bash('true'))).toMatch(/ERROR: The tool process has been closed/);
});

test('nothing outlives a parent that is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-orphan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const mark = `mark-${folder.slice(-6)}`;
  const parent = startProcess({
    command: process.execPath,
    args: ['--input-type=module', '-e', orphanScript(folder, mark)],
    env: { PATH: '/usr/bin:/bin' },
  });
  const children = () => processesWith(mark).filter((pid) => pid !== String(parent.pid));
  await expect.poll(() => children().length, { timeout: 20_000 }).toBeGreaterThan(1);
  parent.kill('SIGKILL');
  await expect.poll(() => children(), { timeout: 10_000 }).toEqual([]);
});

test('a command that kills everything ends its call only', async () => {
  const { bash, executor } = await startOn();
  expect(textOf(await bash('kill -9 -1; kill -9 $PPID; sleep 10'))).toMatch(
    /ERROR: The tool process ended/,
  );
  expect(textOf(await bash('echo again'))).toMatch(/^again/);
  await bash('kill -9 $PPID');
  await bash('kill -9 $PPID');
  await bash('kill -9 $PPID');
  expect(textOf(await bash('echo again'))).toMatch(/ERROR: The tool process ended too often/);
  expect(await executor.ended).toBe('given_up');
});

test('reading calls of one turn run together and see what a change before them made', async () => {
  const { call } = await startOn();
  const results = await Promise.all([
    call('write', { file_path: 'a', content: 'one\n' }),
    call('read', { file_path: 'a' }),
    call('bash', { command: 'sleep 0.2; echo two >> a' }),
    call('read', { file_path: 'a' }),
    call('grep', { pattern: 'two' }),
  ]);
  expect(results.map(textOf)).toEqual([
    'Created a (4 bytes)',
    '     1\tone',
    expect.stringContaining('exit code: 0'),
    '     1\tone\n     2\ttwo',
    'a',
  ]);
});

test('answers wrong input and unknown tools without ending', async () => {
  const { call, bash } = await startOn();
  expect(textOf(await call('edit', { file_path: 3 }))).toMatch(/^ERROR: Invalid input for edit: /);
  expect(textOf(await call('bash', { command: 'true', timeout_ms: 10_000_000 }))).toMatch(
    /ERROR: Invalid input for bash: timeout_ms/,
  );
  expect(textOf(await call('submit', {}))).toMatch(/ERROR: There is no tool named submit/);
  expect(textOf(await bash('echo "nul: \0"'))).toMatch(/ERROR: .*NUL/);
  expect(textOf(await bash('echo ok'))).toMatch(/^ok/);
});

test('exec runs a command of ours and keeps its log', async () => {
  const { executor, logs } = await startOn();
  const result = await executor.exec({
    command: 'echo set up; touch done; exit 4',
    timeoutMs: 10_000,
    label: 'set-up 1',
  });
  expect(result).toMatchObject({ exitCode: 4, timedOut: false, output: 'set up\n' });
  expect(result.logPath).toBe(join(logs, 'set-up-1.log'));
  expect(readFileSync(result.logPath, 'utf8')).toBe('set up\n');
  const late = await executor.exec({ command: 'sleep 1000', timeoutMs: 200, label: 'late' });
  expect(late).toMatchObject({ exitCode: null, timedOut: true });
});

test('home outlives the process, so that what set-up fetched is there afterwards', async () => {
  const first = await startOn('bubblewrap', { network: true });
  await first.bash('echo cached > ~/cache; echo $HOME');
  await first.executor.close();
  expect(readFileSync(join(first.scratch, 'home', 'cache'), 'utf8')).toBe('cached\n');
});

test('a command cannot write into the channel of its executor', async () => {
  const { bash } = await startOn();
  const forged = await bash('echo "{}" > /proc/$PPID/fd/1 || exit 7');
  expect(forged.exit_code).toBe(7);
});

test.each(['/bin/false', '/bin/echo'])(
  'a start that ends at once or says something else is an error (%s)',
  async (program) => {
    const nodePath = realpathSync(program);
    await expect(startOn('bubblewrap', { nodePath })).rejects.toBeInstanceOf(ExecutorStartError);
  },
);

/** A program that starts an executor and in it a command that never ends. */
function orphanScript(folder: string, mark: string): string {
  const executor = join(import.meta.dirname, '../../../worker/executor');
  return `
    import { startExecutor } from '${executor}/executor.ts';
    import { detectSandbox } from '${executor}/sandbox.ts';
    const folders = { workTree: '${folder}/repo', logs: '${folder}/logs', scratch: '${folder}/scratch' };
    const log = { warn: () => undefined };
    const sandbox = await detectSandbox();
    const executor = await startExecutor({ ...folders, sandbox, network: false, log });
    const command = "setsid sh -c 'sleep 1000 # ${mark}' & exec -a ${mark} sleep 1000";
    await executor.run({ id: 'x', name: 'bash', input: { command } });
  `;
}

test('takes every character that JSON leaves as it is', async () => {
  const { call } = await startOn();
  const content = 'a\u2028b\u2029c\u0085d\n';
  expect(await call('write', { file_path: 'a.txt', content })).toMatchObject({ is_error: false });
  expect(await call('grep', { pattern: '\u2028', output_mode: 'count' })).toMatchObject({
    content: [{ text: 'a.txt: 1' }],
  });
});
