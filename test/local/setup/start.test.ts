import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningProcess, startProcess } from '../../../core/process.ts';
import { readAppFile } from '../../../local/setup/app-file.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../local/standin/github/github-standin.ts';
import { childEnv } from '../../support/child-env.ts';
import { root } from '../../support/tool.ts';
import { agree, createBrowser } from './person.ts';

// A whole server runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let github: GithubStandin;
const running: RunningProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-start-'));
  github = await startGithubStandin({ dataDir: join(folder, 'github') });
  github.seed.user({ login: 'requester' });
});
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.kill('SIGTERM');
    await one.ended;
  }
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

/** `npm start`, with everything that it says; `heard` resolves with the first group of the expression. */
function npmStart(env: Record<string, string>) {
  const started = startProcess({
    command: process.execPath,
    args: ['local/start.ts'],
    cwd: root,
    env: {
      ...childEnv,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.serverUrl,
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
      CODY_DATA_DIR: join(folder, 'data'),
      PORT: '0',
      ...env,
    },
  });
  running.push(started);
  const said = { text: '' };
  const heard = (expression: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = expression.exec(said.text);
        if (found) resolve(found[1] ?? '');
      };
      started.stdout?.on('data', look);
      started.stderr?.on('data', look);
      void started.ended.then(() => reject(new Error(`ended, having said: ${said.text}`)));
      look();
    });
  for (const stream of [started.stdout, started.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said.text += chunk.toString();
    });
  }
  return { ...started, said, heard };
}

const asked = (wanted: string) => github.requests().some(({ path }) => path === wanted);

async function answers(issue: number): Promise<string> {
  const list = await fetch(`${github.url}/repos/requester/app/issues/${issue}/comments`, {
    headers: { authorization: `Bearer ${github.userToken('requester')}`, 'user-agent': 'test' },
  });
  return list.text();
}

const pageAddress = /^ {2}(http:\S+)$/m;
const listening = /"url":"(http:[^"]+)","msg":"Listening"/;

describe('npm start without credentials', () => {
  it('creates the App, starts the server in the same process, and needs no page the next time', async () => {
    const key = { ANTHROPIC_API_KEY: 'k'.repeat(40) };
    const first = npmStart(key);
    const browser = createBrowser();
    const page = await browser.get(await agree(browser, await first.heard(pageAddress)));
    expect(page.text).toContain('The server is starting in the terminal');
    const health = await fetch(`${await first.heard(listening)}/healthz`);
    expect(health.status).toBe(200);
    first.kill('SIGTERM');
    expect((await first.ended).exitCode).toBe(0);

    await github.seed.repository({ owner: 'requester', name: 'app', files: { a: 'a' } });
    await github.seed.installation({ account: 'requester', repositories: ['app'] });
    const second = npmStart({ ...key, CODY_POLL_DELIVERIES_MS: '300' });
    await second.heard(listening);
    expect(second.said.text).not.toContain('There is no GitHub App yet');
    const app = await readAppFile(join(folder, 'data', 'app.json'));
    const said = first.said.text + second.said.text;
    for (const secret of [app?.client_secret, app?.webhook_secret, 'BEGIN RSA']) {
      expect(said).not.toContain(secret);
    }
    // Nobody named a public address: the event fails at the placeholder, and is fetched.
    await expect.poll(() => asked('/app/hook/deliveries'), { timeout: 60_000 }).toBe(true);
    const { number } = github.seed.issue({
      owner: 'requester',
      name: 'app',
      title: 'Help',
      author: 'requester',
    });
    await fetch(`${github.url}/repos/requester/app/issues/${number}/comments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${github.userToken('requester')}`, 'user-agent': 'test' },
      body: JSON.stringify({ body: '/cody help' }),
    });
    await expect.poll(() => answers(number), { timeout: 60_000 }).toContain('/cody <prompt>');
    expect(github.deliveries().at(-1)?.statusCode).toBeGreaterThanOrEqual(400);
  });

  it('keeps the App and says what is missing when there is no key for the model yet', async () => {
    const start = npmStart({});
    const browser = createBrowser();
    const url = await start.heard(pageAddress);
    expect(start.said.text).toContain('ANTHROPIC_API_KEY is not set');
    const page = await browser.get(await agree(browser, url));
    expect(page.text).toContain('<code>npm start</code> again');
    expect((await start.ended).exitCode).toBe(2);
    expect(start.said.text).toContain('ANTHROPIC_API_KEY is missing');
    expect(await readFile(join(folder, 'data', 'app.json'), 'utf8')).toContain('PRIVATE KEY');
  });

  it('ends on Ctrl-C while it waits', async () => {
    const start = npmStart({});
    await start.heard(pageAddress);
    start.kill('SIGINT');
    expect((await start.ended).signal).toBe('SIGINT');
  });
});
