import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSetupConfig } from '../../../local/setup/setup-config.ts';
import { type Setup, startSetup } from '../../../local/setup/start-setup.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../local/standin/github/github-standin.ts';
import { agree, createBrowser, formOf } from './person.ts';

let root: string;
let folder: string;
let clock: number;
let github: GithubStandin;
let earlier: number;
let setup: Setup | undefined;
let proxy: Server | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cody-setup-'));
  github = await startGithubStandin({ dataDir: join(root, 'github'), now: () => clock });
  github.seed.user({ login: 'requester' });
  github.seed.organization({ login: 'acme' });
});
afterAll(async () => {
  await github.close();
  await rm(root, { recursive: true, force: true });
});

beforeEach(async () => {
  clock = Date.now();
  folder = await mkdtemp(join(root, 'test-'));
  earlier = github.requests().length;
});
afterEach(async () => {
  await setup?.close();
  setup = undefined;
  proxy?.close();
  proxy = undefined;
});

/** What GitHub's API was asked for in this test. */
const asked = () => github.requests().slice(earlier);

const dataDir = () => join(folder, 'data');

async function open(env: Record<string, string> = {}): Promise<Setup> {
  setup = await startSetup(
    readSetupConfig({
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.serverUrl,
      CODY_DATA_DIR: dataDir(),
      PORT: '0',
      ...env,
    }),
  );
  return setup;
}

/** A GitHub API that answers as told. */
async function apiThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  proxy = server;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

function rawGet(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('the page that creates the GitHub App', () => {
  it('keeps the credentials of an App for a personal account, private to this account', async () => {
    const { url, created } = await open();
    const browser = createBrowser();
    const page = await browser.get(await agree(browser, url));
    expect(page.status).toBe(200);
    const app = await created;
    expect(page.text).toContain(`The App “${app.name}” is created`);
    expect(page.text).toContain(`${github.url}/apps/${app.slug}/installations/new`);
    expect(page.text).not.toContain(app.client_secret);
    expect(page.text).not.toContain(app.webhook_secret);
    const file = join(dataDir(), 'app.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir())).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(app);
    expect(await readdir(dataDir())).toEqual(['app.json']);
    expect(app.pem).toContain('PRIVATE KEY');
    expect(github.violations()).toEqual([]);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('creates the App in an organization', async () => {
    const { url, created } = await open();
    const browser = createBrowser();
    await browser.get(await agree(browser, url, 'acme'));
    expect((await created).html_url).toMatch(`${github.url}/apps/cody-`);
    const paths = asked().map(({ path }) => path);
    expect(paths).toEqual([expect.stringMatching(/^\/app-manifests\/\w+\/conversions$/)]);
  });

  it('creates the App of a deployment on AWS, with the two addresses of that', async () => {
    const { url, created } = await open({
      CODY_PUBLIC_URL: 'https://pages.example.com',
      CODY_WEBHOOK_URL: 'https://receive.example.com/',
    });
    const browser = createBrowser();
    expect(JSON.parse(formOf(await browser.get(url)).manifest)).toMatchObject({
      url: 'https://pages.example.com',
      hook_attributes: { url: 'https://receive.example.com/' },
      callback_urls: ['https://pages.example.com/auth/callback'],
    });
    const page = await browser.get(await agree(browser, url));
    expect(page.text).toContain('Give the key to your deployment');
    expect(page.text).not.toContain('ANTHROPIC_API_KEY');
    await created;
  });

  it('asks for what app.yml says, with addresses of this server', async () => {
    const { url } = await open({ CODY_PUBLIC_URL: 'https://cody.example.com/' });
    expect(JSON.parse(formOf(await createBrowser().get(url)).manifest)).toMatchObject({
      name: 'Cody Batch',
      public: false,
      url: 'https://cody.example.com',
      hook_attributes: { url: 'https://cody.example.com/api/github/webhooks', active: true },
      redirect_url: `${url}setup/callback`,
      callback_urls: ['https://cody.example.com/auth/callback'],
      default_permissions: { contents: 'write', metadata: 'read' },
      default_events: expect.arrayContaining(['issue_comment', 'check_run']),
    });
  });

  it('lets its form go to the GitHub server only, and is never framed or stored', async () => {
    const { url } = await open();
    const { headers, text } = await createBrowser().get(url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`form-action ${github.serverUrl};`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    for (const name of ['style', 'script']) {
      const inline = new RegExp(`<${name}>([^]*?)</${name}>`).exec(text)?.[1] ?? '';
      const hash = createHash('sha256').update(inline).digest('base64');
      expect(policy).toContain(`${name}-src 'sha256-${hash}'`);
    }
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toMatch(/^cody_setup=[\w-]{43};.*HttpOnly; SameSite=Lax$/);
  });

  it('refuses a host that is not this machine, and every method but GET', async () => {
    const { url } = await open();
    const { port } = new URL(url);
    expect(await rawGet(url, { host: `rebound.example.com:${port}` })).toBe(421);
    expect(await rawGet(url, { host: '127.0.0.1' })).toBe(421);
    expect(await rawGet(url, { host: `localhost:${port}` })).toBe(200);
    expect((await createBrowser().post(url, {})).status).toBe(405);
  });

  it('says so when its port is taken', async () => {
    const { url } = await open();
    const port = new URL(url).port;
    const config = readSetupConfig({ CODY_DATA_DIR: dataDir(), PORT: port });
    await expect(startSetup(config)).rejects.toThrow(`PORT ${port} is taken`);
  });

  it('takes no code with a state that it did not give, and goes on waiting', async () => {
    const { url } = await open();
    const browser = createBrowser();
    const back = new URL(await agree(browser, url));
    const forged = new URL(back);
    forged.searchParams.set('state', 'x'.repeat(43));
    const page = await browser.get(forged.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain('does not belong to a page of this server');
    expect(asked()).toEqual([]);
    expect((await browser.get(back.href)).status).toBe(200);
  });

  it('takes no code from another browser, from a picture, or after an hour', async () => {
    const { url } = await open();
    const browser = createBrowser();
    const back = await agree(browser, url);
    expect((await createBrowser().get(back)).status).toBe(400);
    expect((await browser.get(back, { 'sec-fetch-dest': 'image' })).status).toBe(400);
    clock += 61 * 60_000;
    const late = await browser.get(back);
    expect(late.status).toBe(400);
    expect(late.text).toContain('GitHub does not accept the code');
  });

  it('uses an answer once, also when it comes twice', async () => {
    const { url } = await open();
    const browser = createBrowser();
    const back = await agree(browser, url);
    const pages = await Promise.all([browser.get(back), browser.get(back)]);
    expect(pages.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(asked()).toHaveLength(1);
  });

  it('says that a used code is used, and offers a new start', async () => {
    const { url } = await open();
    const browser = createBrowser();
    const back = new URL(await agree(browser, url));
    await fetch(`${github.url}/app-manifests/${back.searchParams.get('code')}/conversions`, {
      method: 'POST',
    });
    const page = await browser.get(back.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain('Start again');
    expect(page.text).toContain(`${github.serverUrl}/settings/apps`);
  });

  it('tries again on reload when GitHub did not answer', async () => {
    const { url, created } = await open();
    const browser = createBrowser();
    const back = await agree(browser, url);
    github.faults.add({
      method: 'POST',
      path: '/app-manifests/{code}/conversions',
      when: 'before',
      status: 503,
    });
    const page = await browser.get(back);
    expect(page.status).toBe(502);
    expect(page.text).toContain('Reload this page');
    expect((await browser.get(back)).status).toBe(200);
    expect((await created).id).toBeGreaterThan(0);
  });

  it('keeps nothing of an answer that holds no credentials', async () => {
    const api = await apiThat((_, answer) => {
      answer.writeHead(201, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ id: 1, slug: 'cody', pem: 'not a key' }));
    });
    const { url } = await open({ GITHUB_API_URL: api });
    const browser = createBrowser();
    const page = await browser.get(await agree(browser, url));
    expect(page.status).toBe(502);
    expect(page.text).toContain('nothing was kept');
    expect(await readdir(dataDir())).toEqual([]);
  });

  it('goes on when the person closes the page before GitHub has answered', async () => {
    const held = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const api = await apiThat(({ url = '', method = 'GET' }, answer) => {
      held.resolve();
      const forward = async () => {
        await gone.promise;
        const given = await fetch(`${github.url}${url}`, { method });
        answer.writeHead(given.status, { 'content-type': 'application/json' });
        answer.end(await given.text());
      };
      void forward();
    });
    const { url, created } = await open({ GITHUB_API_URL: api });
    const browser = createBrowser();
    const back = await agree(browser, url);
    const closing = new AbortController();
    const page = browser.get(back, {}, closing.signal).catch(() => undefined);
    await held.promise;
    closing.abort();
    await page;
    // The server has to see it go before the answer comes.
    setTimeout(gone.resolve, 50);
    expect((await created).server_url).toBe(github.serverUrl);
  });

  it('speaks to a GitHub Enterprise Server below /api/v3', async () => {
    const { url, created } = await open({ GITHUB_API_URL: `${github.url}/api/v3/` });
    const browser = createBrowser();
    await browser.get(await agree(browser, url));
    expect((await created).server_url).toBe(github.serverUrl);
    expect(asked()[0]?.path).toMatch(/^\/api\/v3\/app-manifests\//);
  });
});
