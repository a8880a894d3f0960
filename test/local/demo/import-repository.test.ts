import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import {
  distinctNames,
  importInto,
  lookUpRepository,
} from '../../../local/demo/import-repository.ts';
import { childEnv } from '../../support/child-env.ts';

let folder: string;
let source: string;

async function git(...args: string[]): Promise<string> {
  const result = await runProcess({
    command: 'git',
    args: ['-c', 'user.name=requester', '-c', 'user.email=requester@example.invalid', ...args],
    env: childEnv,
  });
  if (result.exitCode !== 0) throw new Error(result.stderr.toString());
  return result.stdout.toString().trim();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-import-'));
  source = join(folder, 'my app (new).git');
  await mkdir(source);
  await git('init', '--quiet', '--initial-branch=trunk', source);
  await writeFile(join(source, 'README.md'), '# app\n');
  await git('-C', source, 'add', '.');
  await git('-C', source, 'commit', '--quiet', '-m', 'Start');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a repository given to the demo', () => {
  it('is found with its default branch and a name that GitHub allows', async () => {
    const found = await lookUpRepository(source, childEnv);
    expect(found).toMatchObject({ name: 'my-app-new', branch: 'trunk' });
  });

  it('arrives in a bare repository with the same commit', async () => {
    const bare = join(folder, 'bare.git');
    await git('init', '--quiet', '--bare', bare);
    await importInto(bare, await lookUpRepository(source, childEnv), childEnv);
    expect(await git('-C', bare, 'rev-parse', 'trunk')).toBe(
      await git('-C', source, 'rev-parse', 'HEAD'),
    );
  });

  it('that does not exist is refused in the words of git', async () => {
    await expect(lookUpRepository(join(folder, 'nothing'), childEnv)).rejects.toThrow('nothing');
  });

  it('has a name of its own beside others', () => {
    const one = { url: 'file:///a', name: 'app', branch: 'main' };
    expect(distinctNames([one, { ...one, name: 'App' }, one]).map(({ name }) => name)).toEqual([
      'app',
      'App-2',
      'app-3',
    ]);
  });
});
