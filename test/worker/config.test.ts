import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../../core/process.ts';

const worker = join(import.meta.dirname, '../../worker');

/** What a process prints that takes its environment twice, and what the system tells of it. */
async function told(command: string, args: readonly string[]): Promise<unknown> {
  const script = `
    import { readFileSync } from 'node:fs';
    import { takeProcessEnv } from '${worker}/config.ts';
    const { CODY_ATTEMPT_KEY, CODY_ATTEMPT_KEY_FD } = takeProcessEnv();
    const mark = ['the', 'key'].join('-');
    const again = takeProcessEnv();
    console.log(JSON.stringify({
      key: CODY_ATTEMPT_KEY,
      fd: CODY_ATTEMPT_KEY_FD ?? null,
      again: again.CODY_ATTEMPT_KEY ?? null,
      other: process.env.OTHER,
      shown: readFileSync('/proc/self/environ', 'utf8').includes(mark),
      argv: readFileSync('/proc/self/cmdline', 'utf8').includes(mark),
    }));`;
  const { stdout, stderr } = await runProcess({
    command,
    args: [...args, '--input-type=module-typescript', '-e', script],
    env: { CODY_ATTEMPT_KEY: 'the-key$(id)`id`', OTHER: 'o', PATH: '/usr/bin:/bin' },
  });
  expect(stderr.toString()).not.toContain('Error');
  return JSON.parse(stdout.toString());
}

const taken = { key: 'the-key$(id)`id`', fd: null, again: null, other: 'o', argv: false };

test("the attempt's key is taken out of the environment when it is read", async () => {
  expect(await told(process.execPath, [])).toMatchObject(taken);
});

test('a worker that is started as on every host has no key that others with its user could read', async () => {
  const args = [join(worker, 'start.sh'), process.execPath];
  expect(await told('/bin/sh', args)).toMatchObject({ ...taken, shown: false });
});
