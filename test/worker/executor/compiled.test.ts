import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import { childEnv } from '../../support/child-env.ts';

test('executors share what Node compiled, and no command can change it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-compiled-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cache = join(folder, 'cache');
  const commands = ['ls /opt/compiled/*', 'touch /opt/compiled/x /opt/compiled/*/x', 'env'];
  const { stdout, stderr } = await runProcess({
    command: process.execPath,
    args: ['--input-type=module-typescript', '-e', script(folder, commands)],
    env: { ...childEnv, NODE_COMPILE_CACHE: cache },
  });
  expect(stderr.toString()).toBe('');
  const [listed, touched, env] = stdout.toString().split('\0');
  const [name = ''] = readdirSync(cache).filter((one) => one.startsWith('executor-'));
  const kept = readdirSync(join(cache, name), { recursive: true });
  expect(kept.length).toBeGreaterThan(50);
  expect(listed).toContain(String(kept.at(-1)).split('/').at(-1));
  expect(touched).toContain('Read-only file system');
  expect(env).not.toContain('NODE_COMPILE_CACHE');
});

/** A program that starts an executor and prints what these commands say in it. */
function script(folder: string, commands: readonly string[]): string {
  const executor = join(import.meta.dirname, '../../../worker/executor');
  return `
    import { startExecutor } from '${executor}/executor.ts';
    import { detectSandbox } from '${executor}/sandbox.ts';
    const folders = { workTree: '${folder}/repo', logs: '${folder}/logs', scratch: '${folder}/scratch' };
    const log = { warn: () => undefined };
    const sandbox = await detectSandbox({ preferred: 'bubblewrap' });
    const executor = await startExecutor({ ...folders, sandbox, network: false, log });
    for (const command of ${JSON.stringify(commands)}) {
      const { content } = await executor.run({ id: 'x', name: 'bash', input: { command } });
      process.stdout.write(content[0].text + '\\0');
    }
    await executor.close();
  `;
}
