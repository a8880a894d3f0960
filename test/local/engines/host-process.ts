import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { startProcess } from '../../../core/process.ts';

/** What a host prints: those of its engines. */
export type Endpoints = Readonly<{ endpoint: string; sqsEndpoint: string; s3Endpoint: string }>;

/** Starts a fixture script and returns the JSON line that it prints, and a way to kill it at once. */
export async function startHost(
  script: string,
  args: readonly string[],
): Promise<{ ready: Endpoints; kill: () => Promise<void> }> {
  const file = new URL(`./fixtures/${script}`, import.meta.url).pathname;
  const host = startProcess({
    command: process.execPath,
    args: [file, ...args],
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!host.stdout) throw new Error('no output');
  const [line] = await once(createInterface(host.stdout), 'line');
  return {
    ready: JSON.parse(String(line)),
    kill: async () => {
      host.kill('SIGKILL');
      await host.ended;
    },
  };
}

/** True while the process runs (a zombie does not). */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Returns the first result of `read` that is not undefined. */
export async function eventually<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const result = await read();
    if (result !== undefined) return result;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
