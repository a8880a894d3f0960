import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../../core/process.ts';

const config = join(import.meta.dirname, '../../worker/config.ts');

test("the attempt's key is taken out of the environment when it is read", async () => {
  const script = `
    import { takeProcessEnv } from '${config}';
    const { CODY_ATTEMPT_KEY } = takeProcessEnv();
    console.log(JSON.stringify([CODY_ATTEMPT_KEY, takeProcessEnv().CODY_ATTEMPT_KEY, process.env.OTHER]));`;
  const { stdout } = await runProcess({
    command: process.execPath,
    args: ['--input-type=module-typescript', '-e', script],
    env: { CODY_ATTEMPT_KEY: 'k', OTHER: 'o' },
  });
  expect(JSON.parse(stdout.toString())).toEqual(['k', null, 'o']);
});
