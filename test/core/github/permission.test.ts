import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGithubApp } from '../../../core/github/app-client.ts';
import { type Github, createGithub } from '../../../core/github/octokit.ts';
import { mayWrite, requesterPermission } from '../../../core/github/permission.ts';
import { resolveRepository } from '../../../core/github/repository.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../local/standin/github/github-standin.ts';

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const roles = ['admin', 'maintain', 'write', 'triage', 'read'] as const;

let standin: GithubStandin;
let dataDir: string;
let github: Github;
const ids = new Map<string, number>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-permission-'));
  standin = await startGithubStandin({ dataDir });
  for (const login of [...roles.map((role) => `person-${role}`), 'outsider'])
    ids.set(login, standin.seed.user({ login }).id);
  standin.seed.organization({ login: 'acme' });
  const collaborators = Object.fromEntries(roles.map((role) => [`person-${role}`, role]));
  const files = { a: 'a' };
  await standin.seed.repository({
    owner: 'acme',
    name: 'web',
    private: true,
    files,
    collaborators,
  });
  await standin.seed.repository({ owner: 'acme', name: 'open', files });
  await standin.seed.repository({ owner: 'acme', name: 'empty' });
  await standin.seed.repository({ owner: 'acme', name: 'old', archived: true, files });
  const app = standin.seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions: { contents: 'write' },
    events: [],
    webhookSecret: 's',
  });
  const installation = await standin.seed.installation({ account: 'acme', repositories: 'all' });
  const { token } = await createGithubApp({ ...app, baseUrl: standin.url, log }).installationToken({
    installationId: installation.id,
    permissions: { contents: 'read' },
  });
  github = createGithub({ baseUrl: standin.url, token, log, pacing: 0, retryDelayMs: 1 });
});
afterAll(async () => {
  await standin.close();
  await rm(dataDir, { recursive: true, force: true });
});

const ask = (login: string, repo = 'web', id = ids.get(login) ?? 0) =>
  requesterPermission(github, { repository: { owner: 'acme', name: repo }, user: { login, id } });

describe('requesterPermission', () => {
  it('tells each role apart', async () => {
    for (const role of roles) expect(await ask(`person-${role}`)).toBe(role);
  });

  it('gives an outsider nothing in a private repository and reading in a public one', async () => {
    expect(await ask('outsider')).toBe('none');
    expect(await ask('outsider', 'open')).toBe('read');
  });

  it('throws when the login belongs to another account by now, or to nobody', async () => {
    await expect(ask('person-admin', 'web', 1)).rejects.toMatchObject({ code: 'permission_lost' });
    await expect(ask('nobody-at-all')).rejects.toMatchObject({ code: 'permission_lost' });
  });

  it('throws when GitHub fails, so that the caller fails closed', async () => {
    standin.faults.add({ path: /collaborators/, when: 'before', status: 503, times: 3 });
    await expect(ask('person-admin')).rejects.toMatchObject({ status: 503 });
  });
});

describe('mayWrite', () => {
  it('allows the levels that may push', () => {
    expect([...roles, 'none' as const].filter(mayWrite)).toEqual(['admin', 'maintain', 'write']);
  });
});

describe('resolveRepository', () => {
  it('finds a repository by id, and says when it is empty, archived or unknown', async () => {
    const web = await resolveRepository(github, { owner: 'acme', name: 'web' });
    const byId = await resolveRepository(github, { id: web?.repository.id ?? 0 });
    expect(byId).toEqual(web);
    expect(await resolveRepository(github, { owner: 'acme', name: 'empty' })).toMatchObject({
      empty: true,
      default_sha: undefined,
    });
    expect(await resolveRepository(github, { owner: 'acme', name: 'old' })).toMatchObject({
      archived: true,
    });
    expect(await resolveRepository(github, { owner: 'acme', name: 'none' })).toBeUndefined();
  });
});
