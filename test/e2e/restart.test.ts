import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningProcess, startProcess } from '../../core/process.ts';
import { freePort } from '../../local/engines/loopback-server.ts';
import { childEnv } from '../support/child-env.ts';
import {
  botComments,
  cloneAndTest,
  ending,
  fixPrompt,
  type Outside,
  shortTimes,
  startOutside,
  until,
  view,
} from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const start = fileURLToPath(new URL('../../local/start.ts', import.meta.url));
const names = ['web-app', 'billing-service'] as const;

let outside: Outside;
let port: number;
let server: RunningProcess | undefined;

beforeEach(async () => {
  outside = await startOutside();
  port = await freePort();
  outside.github.setWebhookUrl(`http://127.0.0.1:${port}/api/github/webhooks`);
  for (const name of names) await outside.broken(name, name);
});

afterEach(async () => {
  server?.kill('SIGTERM');
  await server?.ended;
  server = undefined;
  await outside.close();
});

/** Starts `npm start` as its own process and waits until it serves. */
async function serve(): Promise<RunningProcess> {
  const log = await open(join(outside.dataDir, 'start.log'), 'a');
  const child = startProcess({
    command: process.execPath,
    args: [start],
    env: { ...childEnv, ...outside.env, ...shortTimes, PORT: String(port) },
    group: true,
  });
  child.stdout?.on('data', (chunk) => void log.write(String(chunk)));
  child.stderr?.on('data', (chunk) => void log.write(String(chunk)));
  void child.ended.then(() => log.close());
  await until('the server answers', async () => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    } catch {
      // Not listening yet.
      return false;
    }
  });
  return child;
}

function modelCalls(): number {
  const all = outside.model?.requests() ?? [];
  return all.filter(({ path, status }) => path === '/v1/messages' && status === 200).length;
}

function posted(suffix: string): boolean {
  return outside.github
    .requests()
    .some(({ method, path, status }) => method === 'POST' && path.endsWith(suffix) && status < 300);
}

describe('npm start that is killed', () => {
  const moments: readonly (readonly [string, () => boolean])[] = [
    ['while an agent works', () => modelCalls() >= 2],
    ['after a branch was made', () => posted('/git/refs')],
  ];
  it.each(moments)(
    '%s goes on afterwards, with one pull request per repository and one of each comment',
    async (moment, reached) => {
      server = await serve();
      const place = { name: 'web-app', issue: outside.issue('web-app') };
      const options = names.map((name) => `--repo acme/${name}`).join(' ');
      const asked = await outside.comment(place, `/cody ${options} ${fixPrompt}`);
      await until(moment, reached);
      process.kill(server.pid ?? 0, 'SIGKILL');
      await server.exited;
      server = await serve();
      const end = await ending(outside, asked);
      expect(end.type).toBe('closed');
      const comments = await botComments(outside, place);
      expect(comments).toHaveLength(2);
      expect(comments[1]?.body).toContain('ready: 2 of 2');
      for (const name of names) {
        const { pulls } = await view(outside, name);
        expect(pulls).toHaveLength(1);
        const branch = pulls[0]?.pull.head.ref ?? '';
        const { tests } = await cloneAndTest(outside, { name, branch });
        expect(tests.exitCode).toBe(0);
      }
      expect(outside.github.violations()).toEqual([]);
    },
  );
});
