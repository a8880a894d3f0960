import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppFile,
  appFilePath,
  preparePrivateDirectory,
  readAppFile,
  writeAppFile,
} from '../../../local/setup/app-file.ts';

const app: AppFile = {
  server_url: 'https://github.example.com',
  id: 7,
  slug: 'cody',
  name: 'Cody',
  html_url: 'https://github.example.com/github-apps/cody',
  client_id: 'Iv23',
  client_secret: 'client secret',
  webhook_secret: 'w'.repeat(40),
  pem: '-----BEGIN RSA PRIVATE KEY-----\nkey\n-----END RSA PRIVATE KEY-----\n',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-app-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('app.json', () => {
  it('is read back as it was written, private to this account, with nothing left beside it', async () => {
    const directory = join(folder, 'new', 'data');
    const file = appFilePath(directory);
    await writeAppFile(file, app);
    expect(await readAppFile(file)).toEqual(app);
    expect(await mode(file)).toBe(0o600);
    expect(await mode(directory)).toBe(0o700);
    expect(await readdir(directory)).toEqual(['app.json']);
  });

  it('is undefined while there is none', async () => {
    expect(await readAppFile(appFilePath(folder))).toBeUndefined();
  });

  it.each([0o640, 0o604, 0o620])('is refused with mode %o', async (bits) => {
    const file = appFilePath(folder);
    await writeAppFile(file, app);
    await chmod(file, bits);
    await expect(readAppFile(file)).rejects.toThrow(`chmod 600 ${file}`);
  });

  it.each(['', '{', '{"id":7}', JSON.stringify({ ...app, pem: 'secret text' })])(
    'is refused when it holds %j, without repeating it',
    async (text) => {
      const file = appFilePath(folder);
      await writeFile(file, text, { mode: 0o600 });
      const refusal = readAppFile(file);
      await expect(refusal).rejects.toThrow('does not hold the credentials of a GitHub App');
      await expect(refusal).rejects.not.toThrow('secret text');
    },
  );

  it('makes a data directory of an earlier version private, but refuses one that others write to', async () => {
    const [own, shared] = [join(folder, 'own'), join(folder, 'shared')];
    await mkdir(own);
    await chmod(own, 0o755);
    await preparePrivateDirectory(own);
    expect(await mode(own)).toBe(0o700);
    await mkdir(shared);
    await chmod(shared, 0o777);
    await expect(preparePrivateDirectory(shared)).rejects.toThrow(`chmod 700 ${shared}`);
    expect(await mode(shared)).toBe(0o777);
  });
});
