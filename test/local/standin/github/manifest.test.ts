import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAppManifest } from '../../../../local/app-manifest.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../../local/standin/github/github-standin.ts';

let dir: string;
let standin: GithubStandin;
const clock = { now: Date.now() };

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'cody-manifest-'));
  standin = await startGithubStandin({ dataDir: dir, now: () => clock.now });
  standin.seed.user({ login: 'requester' });
});
afterAll(async () => {
  await standin.close();
  await rm(dir, { recursive: true, force: true });
});

const good = {
  name: 'Cody',
  url: 'https://cody.example.com',
  hook_attributes: { url: 'https://cody.example.com/hook', active: true },
  redirect_url: 'http://127.0.0.1:3000/back',
  default_permissions: { issues: 'write' },
  default_events: ['issue_comment'],
};

async function post(place: string, fields: Record<string, string>) {
  const answer = await fetch(`${standin.url}${place}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

async function codeFor(name: string): Promise<string> {
  const { headers } = await post('/settings/apps', {
    manifest: JSON.stringify(good),
    name,
    state: 'a state',
  });
  const back = new URL(headers.get('location') ?? '');
  expect(back.searchParams.get('state')).toBe('a state');
  return back.searchParams.get('code') ?? '';
}

function convert(code: string): Promise<Response> {
  return fetch(`${standin.url}/app-manifests/${code}/conversions`, { method: 'POST' });
}

describe("the stand-in's page for new Apps", () => {
  it('takes app.yml as it stands', async () => {
    const manifest = JSON.stringify({ ...good, ...(await readAppManifest()) });
    const page = await post('/settings/apps/new?state=s', { manifest });
    expect(page.status).toBe(200);
    expect(page.text).toContain('value="Cody Batch"');
  });

  it.each([
    ['no JSON', 'x', 'not a JSON object'],
    ['no address', { ...good, url: undefined }, '&quot;url&quot; wasn&#39;t supplied'],
    ['a webhook without an address', { ...good, hook_attributes: { active: false } }, 'url'],
    [
      'a webhook on this machine',
      { ...good, hook_attributes: { url: 'http://localhost:3000/hook' } },
      'reachable over the public Internet (localhost)',
    ],
    ['no way back', { ...good, redirect_url: undefined }, 'redirect_url'],
    ['an unknown permission', { ...good, default_permissions: { issue: 'write' } }, 'issue'],
    ['an unknown level', { ...good, default_permissions: { issues: 'admin' } }, 'admin'],
    ['an unknown event', { ...good, default_events: ['comment'] }, 'unsupported: comment'],
    ['an automatic event', { ...good, default_events: ['installation'] }, 'unsupported'],
  ])('refuses a manifest with %s', async (_, manifest, problem) => {
    const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    const page = await post('/settings/apps/new', { manifest: text });
    expect(page.status).toBe(422);
    expect(page.text).toContain(problem);
  });

  it('knows no organization that was not seeded', async () => {
    const fields = { manifest: JSON.stringify(good) };
    expect((await post('/organizations/nobody/settings/apps/new', fields)).status).toBe(404);
  });

  it('exchanges a code once, within an hour, for an App that can sign in', async () => {
    const code = await codeFor('Cody');
    const first = await convert(code);
    expect(first.status).toBe(201);
    expect(await first.json()).toMatchObject({
      slug: 'cody',
      html_url: `${standin.url}/apps/cody`,
      webhook_secret: expect.stringMatching(/^\w{40}$/),
      pem: expect.stringContaining('PRIVATE KEY'),
    });
    expect((await convert(code)).status).toBe(404);
    const late = await codeFor('Cody the second');
    clock.now += 60 * 60_000 + 1;
    expect((await convert(late)).status).toBe(404);
    expect(standin.violations()).toEqual([]);
  });

  it('refuses a name that is taken', async () => {
    const fields = { manifest: JSON.stringify(good), name: 'cody' };
    const page = await post('/settings/apps', fields);
    expect(page.text).toContain('Name is already taken');
  });
});
