import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { startExecutorProcess } from '../../../worker/executor/executor-process.ts';
import type { Launch } from '../../../worker/executor/launch-command.ts';
import { supervise } from '../../../worker/executor/supervise.ts';

/** Supervises a program that says it is ready and then does `onLine` for each line that it is sent. */
function superviseProgram(onLine: string) {
  const packageRoot = mkdtempSync(join(tmpdir(), 'cody-program-'));
  mkdirSync(join(packageRoot, 'worker/executor'), { recursive: true });
  writeFileSync(
    join(packageRoot, 'worker/executor/main.ts'),
    `import { createInterface } from 'node:readline';
     const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
     createInterface({ input: process.stdin }).on('line', (line) => { const message = JSON.parse(line); ${onLine} });
     say({ type: 'ready' });`,
  );
  const env = { PATH: '/usr/bin:/bin' };
  const roots = { repo: '/', logs: '/', scratch: '/' };
  const launch: Launch = {
    kind: 'process',
    command: 'env',
    args: [],
    env,
    node: process.execPath,
    packageRoot,
    path: '',
    roots,
  };
  const setup = { ...roots, path: '', shell_off: null };
  const supervised = supervise(
    (onReply) => startExecutorProcess(launch, setup, onReply),
    pino({ level: 'silent' }),
  );
  onTestFinished(async () => {
    await supervised.close();
    rmSync(packageRoot, { recursive: true, force: true });
  });
  const ask = (limitMs = 20_000, signal?: AbortSignal) =>
    supervised.ask(
      { type: 'run', call_id: 'a', name: 'read', input: {} },
      { limitMs, alone: false, signal },
    );
  return { supervised, ask };
}

const result = `{ content: [], is_error: false, mutated: false, duration_ms: 1 }`;
const answer = `say({ type: 'result', id: message.id, result: ${result} });`;

test('hands on an answer that fits the protocol', async () => {
  const { ask } = superviseProgram(answer);
  expect(await ask()).toMatchObject({ type: 'result', result: { is_error: false } });
});

test('a call that hangs is answered when its time is over', async () => {
  const { ask } = superviseProgram(`if (message.id === '1') for (;;); ${answer}`);
  expect(await ask(300)).toMatchObject({
    type: 'lost',
    message: expect.stringMatching(/ended during this call/),
  });
  expect(await ask()).toMatchObject({ type: 'result' });
});

test.each([
  ['no JSON', `process.stdout.write('hello\\n')`],
  ['another shape', `say({ type: 'result', id: message.id, result: { content: 'x' } })`],
  [
    'too much text',
    `say({ type: 'result', id: message.id, result: { ...${result}, content: [{ type: 'text', text: 'x'.repeat(200_000) }] } })`,
  ],
  ['a line without end', `setInterval(() => process.stdout.write('x'.repeat(4e6)), 1)`],
  ['its own end', `process.exit(0)`],
])('an executor that answers with %s is ended', async (_, onLine) => {
  const { ask } = superviseProgram(onLine);
  expect(await ask()).toMatchObject({
    type: 'lost',
    message: expect.stringMatching(/ended during this call/),
  });
});

test('answers for unknown ids are dropped', async () => {
  const { ask } = superviseProgram(
    `say({ type: 'result', id: 'other', result: ${result} }); ${answer}`,
  );
  expect(await ask()).toMatchObject({ type: 'result', result: { content: [] } });
});

test('it is started again three times and not more', async () => {
  const { supervised, ask } = superviseProgram(`process.exit(0)`);
  for (let time = 1; time <= 4; time += 1) {
    expect(await ask()).toMatchObject({ message: expect.stringMatching(/ended during this call/) });
  }
  expect(await ask()).toMatchObject({ message: expect.stringMatching(/ended too often/) });
  expect(await supervised.ended).toBe('given_up');
});

test('a call that was cancelled before its turn is not sent', async () => {
  const { ask } = superviseProgram(answer);
  expect(await ask(1000, AbortSignal.abort())).toMatchObject({
    message: expect.stringMatching(/cancelled/),
  });
});

test('a call that is cancelled while the process starts is not sent', async () => {
  const { ask } = superviseProgram(`process.stdout.write('sent\\n')`);
  const controller = new AbortController();
  const asked = ask(20_000, controller.signal);
  await setImmediate();
  controller.abort();
  expect(await asked).toMatchObject({ message: expect.stringMatching(/before it began/) });
});
