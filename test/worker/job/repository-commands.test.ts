import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { ThreadEvent } from '../../../core/thread.ts';
import { detectSandbox } from '../../../worker/executor/sandbox.ts';
import { verify } from '../../../worker/job/repository-commands.ts';

/** Verifies an empty work tree with a command that stands in the file, or was detected. */
async function verifying(command: string, verifyDetected: boolean, secret = 'not-in-it') {
  const folder = mkdtempSync(join(tmpdir(), 'cody-verify-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [workTree, logs, scratch] = ['repo', 'logs', 'scratch'].map((name) => join(folder, name));
  if (!workTree || !logs || !scratch) throw new Error('There are three folders');
  for (const path of [workTree, logs, scratch]) mkdirSync(path);
  const events: ThreadEvent[] = [];
  const told: (readonly [string, number, ThreadEvent])[] = [];
  const verification = await verify({
    wanted: {
      setup: [],
      verify: [command],
      setupDetected: false,
      verifyDetected,
      notes: [],
    },
    sandbox: await detectSandbox(),
    folders: { workTree, logs, scratch },
    redact: (text) => text.replaceAll(secret, '[redacted]'),
    onEvent: (event) => events.push(event),
    tell: async ({ kind, index }, event) => {
      told.push([kind, index, event]);
    },
    signal: new AbortController().signal,
    log: pino({ level: 'silent' }),
    changedFiles: 1,
  });
  expect(events).toHaveLength(1);
  expect(told.map(([kind, index, { type }]) => [kind, index, type])).toEqual([
    ['verification', 0, 'notice'],
    ['verification', 0, 'verification'],
  ]);
  return { ...verification, told: told.map(([, , event]) => event) };
}

test('says of a detected command that is not installed here that it could not run', async () => {
  const verification = await verifying('no-such-program --check', true);
  expect(verification).toMatchObject({
    status: 'could_not_run',
    detected: true,
    reason: expect.stringContaining('`no-such-program --check` was detected'),
    commands: [{ exit_code: 127 }],
  });
});

test('tells of a command without secrets and cut to size', async () => {
  const secret = 'canary-5f1c';
  const { told } = await verifying(`echo ${secret} # ${'x'.repeat(9_000)}`, false, secret);
  expect(JSON.stringify(told)).not.toContain('canary');
  expect(told).toMatchObject([
    { text: expect.stringMatching(/^Verification runs: `echo \[redacted\] # x+…`$/) },
    { command: expect.stringMatching(/^echo \[redacted\] # x+…$/), output_tail: '[redacted]\n' },
  ]);
  for (const event of told) expect(JSON.stringify(event).length).toBeLessThan(2_500);
});

test('takes a command of the file at its word', async () => {
  expect(await verifying('no-such-program --check', false)).toMatchObject({ status: 'red' });
});

const ends: [string, string, string][] = [
  ['green', 'true', 'green'],
  ['red', 'echo "1 failed"; exit 1', 'red'],
  ['red', 'echo "getaddrinfo EAI_AGAIN registry.example.com"; exit 1', 'red'],
];
test.each(ends)('calls a detected command %s by how it ends: %s', async (_, command, status) => {
  expect(await verifying(command, true)).toMatchObject({ status, detected: true });
});
