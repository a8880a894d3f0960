import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import { folderSettings } from '../../../local/agent/folder-settings.ts';
import { readAgentOptions, type StartOptions } from '../../../local/agent/options.ts';
import { createPersonsGit } from '../../../local/agent/source-folder.ts';
import { childEnv } from '../../support/child-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'cody-folder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = join(folder, '.github', 'cody.yml');
const env = Object.fromEntries(
  Object.entries(childEnv).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);

async function git(...args: string[]) {
  const who = ['-c', 'user.name=requester', '-c', 'user.email=requester@example.com'];
  await runProcess({ command: 'git', args: ['-C', folder, ...who, ...args], env });
}

async function settings(...argv: string[]) {
  const people = createPersonsGit(env);
  const options = readAgentOptions([...argv, 'Fix it']) as StartOptions;
  return folderSettings(people, await people.look(folder), options);
}

it("takes the checkout's file as it is committed, or as it stands, and the options first", async () => {
  mkdirSync(join(folder, '.github'));
  writeFileSync(config, 'effort: low\nlimits: {turns: 20, minutes: 5}\nallowed: []\n');
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'start');
  writeFileSync(config, 'effort: max\n');

  const committed = { effort: 'low', limits: { turns: 20, minutes: 5 }, problems: [] };
  expect(await settings()).toMatchObject(committed);
  expect(await settings('--with-changes')).toMatchObject({ effort: 'max', limits: { turns: 150 } });
  const asked = ['--turns', '300', '--effort', 'high', '--model', 'another'];
  expect(await settings(...asked)).toMatchObject({
    model: 'another',
    effort: 'high',
    limits: { turns: 300, minutes: 5 },
  });

  rmSync(config);
  symlinkSync('elsewhere', config);
  expect((await settings('--with-changes')).problems[0]).toBe('.github/cody.yml: it is no file.');
});
