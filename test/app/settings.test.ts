import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstallations, type Installations } from '../../app/installations.ts';
import { askerOf, settingsOf } from '../../app/settings.ts';
import { createGithubApp } from '../../core/github/app-client.ts';
import { createGithub } from '../../core/github/octokit.ts';
import { accessRefusal } from '../../core/repo-config/may-use.ts';
import { createLoginPins, type LoginPins } from '../../core/store/login-pins.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../local/standin/github/github-standin.ts';
import type { SeedFile } from '../../local/standin/github/repository-store.ts';
import { startTestTable } from '../support/table.ts';

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
let db: Awaited<ReturnType<typeof startTestTable>>;
let logins: LoginPins;
const ids = new Map<string, number>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-settings-'));
  standin = await startGithubStandin({ dataDir });
  for (const login of ['member', 'invited', 'outsider', 'listed'])
    ids.set(login, standin.seed.user({ login }).id);
  db = await startTestTable();
  logins = createLoginPins({ table: db.table });
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
  await db.close();
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
      id: 7,
      permission: 'admin',
      teams: [],
    });
    expect(refusal).toMatchObject({ type: 'access_unreadable', file: '.github/cody.yml' });
  });
});

describe('a list of who may use it', () => {
  const list = 'allowed: [acme/developers, globex/developers, listed, 4242]\n';
  const refusalOf = async (name: string, requester: Readonly<{ id: number; login: string }>) => {
    const files = await read(name, { '.github/cody.yml': list });
    const member = { installation_id: installationId, owner: 'acme', requester };
    const asker = await askerOf({ installations, logins, log }, files, member);
    return accessRefusal(files, { ...asker, permission: 'write' })?.type;
  };

  it.each([
    ['member', undefined],
    ['invited', 'not_allowed'],
    ['outsider', 'not_allowed'],
    ['LISTED', undefined],
  ])('takes %s: %s', async (login, refused) => {
    const id = ids.get(login.toLowerCase()) ?? 0;
    expect(await refusalOf(`list-${login}`, { id, login })).toBe(refused);
  });

  it('takes an account by its id, whatever its login is', async () => {
    expect(await refusalOf('by-id', { id: 4242, login: 'renamed' })).toBeUndefined();
  });

  it('takes nobody for the digits of an id in a login', async () => {
    expect(await refusalOf('digits', { id: 5, login: '4242' })).toBe('not_allowed');
  });

  it('does not take another account that has the login by now', async () => {
    const files = await read('taken-over', { '.github/cody.yml': 'allowed: [given-up]\n' });
    const first = standin.seed.user({ login: 'given-up' }).id;
    const ask = async (id: number) => {
      const requester = { id, login: 'given-up' };
      const member = { installation_id: installationId, owner: 'acme', requester };
      const asker = await askerOf({ installations, logins, log }, files, member);
      return accessRefusal(files, { ...asker, permission: 'write' })?.type;
    };
    expect(await ask(first + 1_000)).toBe('not_allowed');
    expect(await ask(first)).toBeUndefined();
    expect(await ask(first + 1_000)).toBe('not_allowed');
  });

  it('takes nobody by a login that GitHub does not know', async () => {
    const files = await read('gone', { '.github/cody.yml': 'allowed: [nobody-here]\n' });
    const requester = { id: 77, login: 'nobody-here' };
    const member = { installation_id: installationId, owner: 'acme', requester };
    const asker = await askerOf({ installations, logins, log }, files, member);
    expect(accessRefusal(files, { ...asker, permission: 'write' })?.type).toBe('not_allowed');
  });

  it('has no team while the App may not ask', async () => {
    const { members: _, ...fewer } = permissions;
    standin.seed.updateInstallation({ id: installationId, permissions: fewer });
    const member = { id: ids.get('member') ?? 0, login: 'member' };
    expect(await refusalOf('closed', member)).toBe('not_allowed');
    standin.seed.updateInstallation({ id: installationId, permissions });
  });
});
