import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startProcess } from '../../core/process.ts';

const hostPipe = join(import.meta.dirname, '../../worker/host-pipe.ts');

/** A process that ends with 3 when it is told to stop and with 4 when its host is gone. */
function watching() {
  const script = `
    import { watchHost } from '${hostPipe}';
    setInterval(() => undefined, 1000);
    watchHost({ onStop: () => process.exit(3), onGone: () => process.exit(4) });`;
  return startProcess({
    command: process.execPath,
    args: ['--input-type=module-typescript', '-e', script],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
}

it('tells a process that it is to stop, and that its host is gone', async () => {
  const told = watching();
  const pipe = told.descriptor(3);
  if (pipe && 'write' in pipe) pipe.write('stop\n');
  expect((await told.exited).exitCode).toBe(3);
  const left = watching();
  left.descriptor(3)?.destroy();
  expect((await left.exited).exitCode).toBe(4);
});
