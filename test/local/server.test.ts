import { generateKeyPairSync } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../local/server.ts';

const log = pino({ level: 'silent' });

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-server-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('the single-machine server', () => {
  it('tells the problems of all its parts at once and starts nothing', async () => {
    const env = { PORT: 'many', CODY_DATA_DIR: dataDir };
    await expect(startServer({ env, log })).rejects.toMatchObject({
      problems: expect.arrayContaining([
        expect.stringContaining('PORT'),
        'APP_ID is missing',
        'WEBHOOK_SECRET is missing',
      ]),
    });
  });

  it('removes the folders of workers that an earlier run left behind', async () => {
    const left = join(dataDir, 'work', 'job-1');
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'file'), 'x');
    const server = await startServer({ env: aloneEnv(), log });
    try {
      await expect(access(left)).rejects.toThrow('ENOENT');
    } finally {
      await server.close();
    }
  });

  it('serves sign-in and API beside the webhook', async () => {
    const server = await startServer({ env: aloneEnv(), log });
    try {
      const health = await fetch(`${server.url}/api/health`);
      expect(await health.json()).toMatchObject({ status: 'ok', queues: { jobs: 0 } });
      const login = await fetch(`${server.url}/auth/login`);
      expect(await login.json()).toMatchObject({ code: 'sign_in_not_configured' });
      const hook = await fetch(`${server.url}/api/github/webhooks`, { method: 'POST' });
      expect(hook.status).not.toBe(404);
    } finally {
      await server.close();
    }
  });
});

/** What a server needs that talks to nobody. */
function aloneEnv() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    APP_ID: '1',
    PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    WEBHOOK_SECRET: 's'.repeat(40),
    ANTHROPIC_API_KEY: 'k'.repeat(40),
    GITHUB_API_URL: 'http://127.0.0.1:9',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    CODY_DATA_DIR: dataDir,
    PORT: '0',
  };
}
