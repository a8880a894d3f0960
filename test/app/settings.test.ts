import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstallations, type Installations } from '../../app/installations.ts';
import { settingsOf, teamsOf } from '../../app/settings.ts';
import { createGithubApp } from '../../core/github/app-client.ts';
import { createGithub } from '../../core/github/octokit.ts';
import { accessRefusal } from '../../core/repo-config/may-use.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../local/standin/github/github-standin.ts';
import type { SeedFile } from '../../local/standin/github/repository-store.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const permissions = {
  metadata: 'read',
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
  members: 'read',
} as const;

let dataDir: string;
let standin: GithubStandin;
let installations: Installations;
let installationId: number;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-settings-'));
  standin = await startGithubStandin({ dataDir });
  for (const login of ['member', 'invited', 'outsider']) standin.seed.user({ login });
  standin.seed.organization({
    login: 'acme',
    teams: { developers: { member: 'active', invited: 'pending' } },
  });
  standin.seed.organization({ login: 'globex' });
  const app = standin.seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions,
    events: [],
    webhookSecret: 'hook',
  });
  const all = { repositories: 'all' } as const;
  installationId = (await standin.seed.installation({ account: 'acme', ...all })).id;
  const options = { baseUrl: standin.url, log, retryDelayMs: 1 };
  installations = createInstallations({
    app: createGithubApp({ ...options, ...app }),
    github: (token) => createGithub({ ...options, token }),
    log,
    now: Date.now,
  });
  const shared = 'effort: low\nsets: {all: {repositories: [acme/web]}}\n';
  await repository('.github', { 'cody.yml': shared });
});

afterAll(async () => {
  expect(standin.violations()).toEqual([]);
  await standin.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function repository(name: string, files: Readonly<Record<string, SeedFile>>) {
  return standin.seed.repository({ owner: 'acme', name, private: true, files });
}

async function read(name: string, files: Readonly<Record<string, SeedFile>>) {
  const { headSha } = await repository(name, { readme: 'x', ...files });
  const target = { owner: 'acme', name, private: true };
  return settingsOf(
    { installations },
    { installation_id: installationId, repository: target, sha: headSha ?? undefined },
  );
}

describe('the files that speak for a repository', () => {
  it("are its own and its organization's, each with its blob", async () => {
    const files = await read('both', { '.github/cody.yml': 'effort: max\n' });
    expect(files.repository).toMatchObject({
      file: '.github/cody.yml',
      config: { effort: 'max' },
      sha: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(files.organization).toMatchObject({
      file: 'cody.yml of acme/.github',
      config: { effort: 'low', sets: [{ name: 'all', repositories: ['acme/web'] }] },
    });
  });

  it('are none of its own where it has none', async () => {
    expect((await read('none', {})).repository).toBeUndefined();
  });

  it('are those of the commit that is given', async () => {
    expect((await read('here', { '.github/cody.yml': 'verify: [a]\n' })).repository).toMatchObject({
      config: { verify: ['a'] },
    });
  });

  it.each([
    ['a-folder', { '.github/cody.yml/x': 'effort: max' }],
    ['a-link', { '.github/cody.yml': { mode: '120000', content: '../readme' } }],
  ] as const)('close the repository where %s stands instead', async (name, files) => {
    const { repository: own } = await read(name, files);
    expect(own).toMatchObject({ config: {}, access: { type: 'unreadable' } });
    const refusal = accessRefusal(own ? { repository: own } : {}, {
      login: 'member',
      permission: 'admin',
      teams: [],
    });
    expect(refusal).toMatchObject({ type: 'access_unreadable', file: '.github/cody.yml' });
  });
});

describe('the teams of a list', () => {
  const list = 'allowed: [acme/developers, globex/developers, listed]\n';

  it.each([
    ['member', ['acme/developers']],
    ['invited', []],
    ['outsider', []],
    // Whoever stands there by login needs no question.
    ['LISTED', []],
  ])('has %s in %j', async (login, teams) => {
    const files = await read(`teams-${login}`, { '.github/cody.yml': list });
    const member = { installation_id: installationId, owner: 'acme', login };
    expect(await teamsOf({ installations, log }, files, member)).toEqual(teams);
    const asker = { login, permission: 'write', teams } as const;
    const refused = accessRefusal(files, asker)?.type;
    expect(refused).toBe(['member', 'LISTED'].includes(login) ? undefined : 'not_allowed');
  });

  it('has nobody while the App may not ask', async () => {
    const files = await read('closed', { '.github/cody.yml': list });
    const { members: _, ...fewer } = permissions;
    standin.seed.updateInstallation({ id: installationId, permissions: fewer });
    const member = { installation_id: installationId, owner: 'acme', login: 'member' };
    expect(await teamsOf({ installations, log }, files, member)).toEqual([]);
    standin.seed.updateInstallation({ id: installationId, permissions });
  });
});
