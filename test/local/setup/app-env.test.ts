import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfigs } from '../../../local/read-configs.ts';
import { appEnv, AppElsewhereError } from '../../../local/setup/app-env.ts';
import { appFilePath, writeAppFile } from '../../../local/setup/app-file.ts';

const serverUrl = 'https://github.example.com';

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-app-env-'));
  env = { CODY_DATA_DIR: folder, GITHUB_SERVER_URL: serverUrl };
  await writeAppFile(appFilePath(folder), {
    server_url: serverUrl,
    id: 7,
    slug: 'cody',
    name: 'Cody',
    html_url: `${serverUrl}/github-apps/cody`,
    client_id: 'Iv23',
    client_secret: 'client secret',
    webhook_secret: 'w'.repeat(40),
    pem: '-----BEGIN RSA PRIVATE KEY-----\nkey\n-----END RSA PRIVATE KEY-----\n',
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const noPage = () => {
  throw new Error('a page was opened');
};

describe('the credentials of the server', () => {
  it('come from the data directory, and events are fetched without a public address', async () => {
    expect(await appEnv(env, noPage)).toMatchObject({
      APP_ID: '7',
      WEBHOOK_SECRET: 'w'.repeat(40),
      GITHUB_CLIENT_ID: 'Iv23',
      GITHUB_CLIENT_SECRET: 'client secret',
      CODY_POLL_DELIVERIES_MS: '15000',
    });
  });

  it('leave the way of the events to who names a public address or an interval', async () => {
    const sent = await appEnv({ ...env, CODY_PUBLIC_URL: 'https://cody.example.com' }, noPage);
    expect(sent).not.toHaveProperty('CODY_POLL_DELIVERIES_MS');
    const off = await appEnv({ ...env, CODY_POLL_DELIVERIES_MS: '0' }, noPage);
    expect(off['CODY_POLL_DELIVERIES_MS']).toBe('0');
  });

  it('start no server when they are for a deployment elsewhere', async () => {
    const elsewhere = { ...env, CODY_WEBHOOK_URL: 'https://receive.example.com/' };
    const end = appEnv(elsewhere, noPage);
    await expect(end).rejects.toBeInstanceOf(AppElsewhereError);
    await expect(end).rejects.toThrow(`${appFilePath(folder)}. Its events go to https://receive`);
  });

  it('come from the environment when it names all of them', async () => {
    const whole = { ...env, APP_ID: '8', PRIVATE_KEY: 'key', WEBHOOK_SECRET: 'secret' };
    expect(await appEnv(whole, noPage)).toEqual(whole);
  });

  it('are not mixed: with some of them in the environment the others are missing', async () => {
    const some = await appEnv({ ...env, APP_ID: '8' }, noPage);
    expect(() => readConfigs(some)).toThrow(/PRIVATE_KEY is missing\n.*WEBHOOK_SECRET is missing/);
  });

  it('are refused when others may read them', async () => {
    await chmod(appFilePath(folder), 0o644);
    await expect(appEnv(env, noPage)).rejects.toThrow('chmod 600');
  });

  it('are refused for another GitHub server', async () => {
    const other = { ...env, GITHUB_SERVER_URL: 'https://other.example.com' };
    await expect(appEnv(other, noPage)).rejects.toThrow(`is for ${serverUrl}`);
  });

  it('wait for the other problems of the environment, which are told first', async () => {
    await rm(appFilePath(folder));
    await expect(appEnv({ ...env, PORT: 'many' }, noPage)).rejects.toMatchObject({
      problems: [expect.stringContaining('PORT is malformed')],
    });
  });
});
