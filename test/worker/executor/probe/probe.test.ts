import { join } from 'node:path';
import pino from 'pino';
import { expect, test } from 'vitest';
import { runProcess } from '../../../../core/process.ts';
import { startExecutor } from '../../../../worker/executor/executor.ts';
import { childEnv } from '../../../support/child-env.ts';
import { startOn } from '../start.ts';

const program = join(import.meta.dirname, '../../../../worker/probe.ts');

test('an operator sees what was tried, and the exit code says whether commands may run', async () => {
  const { stdout, exitCode } = await runProcess({
    command: process.execPath,
    args: [program, '--json'],
    env: childEnv,
  });
  const told = JSON.parse(stdout.toString());
  expect(told).toMatchObject({ kind: 'bubblewrap', shell: true, network: 'none', refused: null });
  expect(told.verdict).toEqual({});
  expect(told.rows.length).toBeGreaterThan(25);
  expect(told.rows).toContainEqual({
    by: 'command',
    tried: 'connect to 169.254.170.2',
    through: false,
    answer: 'ENETUNREACH',
  });
  for (const led of ['169.254.170.2', 'a private address', 'a service of this machine']) {
    const tried = `be led to ${led} by the proxy`;
    expect(told.rows).toContainEqual({ by: 'setup', tried, through: false, answer: '403' });
  }
  expect(exitCode).toBe(0);
});

test('no executor starts where not even file tools stay inside', async () => {
  const { sandbox, workTree, logs, scratch } = await startOn('process');
  const refused = { ...sandbox, refused: 'File tools do not stay in their folders here.' };
  const options = { workTree, logs, scratch, network: false, log: pino({ level: 'silent' }) };
  await expect(startExecutor({ ...options, sandbox: refused })).rejects.toMatchObject({
    name: 'UserError',
    code: 'launch_failed',
    message: refused.refused,
  });
});
