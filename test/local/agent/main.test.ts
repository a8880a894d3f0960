import { appendFileSync, existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { apiKey, callsOf, documentOf, git, prompt, startScene, testsPass } from './cli.ts';

const source = 'src/format/duration.ts';

const submission = {
  title: 'Say what was done',
  summary: 'What was done and why.',
  changes: [],
  verification: [],
  not_done: [],
  risks: [],
};
const submit: ActorTurn = { toolUses: [{ name: 'submit', input: submission }] };
const read: ActorTurn = { toolUses: [{ name: 'read', input: { file_path: source } }] };
const edit: ActorTurn = {
  toolUses: [
    {
      name: 'edit',
      input: { file_path: source, old_string: 'Math.round', new_string: 'Math.floor' },
    },
  ],
};
const look = (at: number): ActorTurn => ({
  toolUses: [{ name: 'grep', input: { pattern: `word${at}`, output_mode: 'files' } }],
});
const bash = (command: string): ActorTurn => ({ toolUses: [{ name: 'bash', input: { command } }] });

describe('npm run agent', () => {
  it('leaves a patch that git applies, and the folder as it was', async () => {
    const { checkout, folder, run } = await startScene();
    const ended = await run(['--dir', 'web-app', '--json', prompt]);
    const result = documentOf(ended);
    expect(result).toMatchObject({
      outcome: 'patch',
      cause: 'completed',
      files: [{ path: source, status: 'modified' }],
      verification: { status: 'green' },
      patch: join(folder, `cody-${result.id}.patch`),
      applied: false,
    });
    expect(ended.exitCode).toBe(0);
    expect(result.cost_micro_usd).toBeGreaterThan(0);
    expect(ended.stderr.split('\n')[0]).toContain('Budget: $1.00');
    expect(ended.stderr).toMatch(/^ {2}edit {2}src\/format\/duration\.ts$/m);
    expect(ended.stderr).not.toContain('\u001B');
    expect(ended.stdout).toContain(`git -C ${checkout} apply ${result.patch}`);

    expect(await git(checkout, 'status', '--porcelain')).toBe('');
    expect(await testsPass(checkout)).toBe(false);
    await git(checkout, 'apply', result.patch ?? '');
    expect(await testsPass(checkout)).toBe(true);
  });

  it('applies the patch to a clean folder with --apply', async () => {
    const { checkout, folder, run } = await startScene();
    const ended = await run(['--dir', checkout, '--apply', '--json', prompt]);
    expect(documentOf(ended)).toMatchObject({ outcome: 'patch', applied: true, patch: null });
    expect(await git(checkout, 'status', '--porcelain')).toBe(`M ${source}`);
    expect(await git(checkout, 'diff', '--cached')).toBe('');
    expect(await testsPass(checkout)).toBe(true);
    expect((await readdir(folder)).filter((name) => name.endsWith('.patch'))).toEqual([]);
  });

  it('refuses --apply on uncommitted changes before anything is paid', async () => {
    const { checkout, run, standin } = await startScene();
    appendFileSync(join(checkout, 'README.md'), 'mine\n');
    const ended = await run(['--dir', checkout, '--apply', prompt]);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('The folder has uncommitted changes');
    expect(standin.requests()).toEqual([]);
  });

  it('writes the patch to a file when the folder changed during the run', async () => {
    let readme = '';
    const play = scriptedActor([read, edit, submit, submit]);
    const { checkout, run } = await startScene((conversation) => {
      if (conversation.messages.length > 3) appendFileSync(readme, 'mine\n');
      return play(conversation);
    });
    readme = join(checkout, 'README.md');
    const ended = await run(['--dir', checkout, '--apply', '--json', prompt]);
    const result = documentOf(ended);
    expect(result).toMatchObject({ outcome: 'patch', applied: false });
    expect(ended.stdout).toContain('The patch was not applied: the folder has changed');
    expect(await readFile(result.patch ?? '', 'utf8')).toContain('+  const hours = Math.floor');
    expect(await git(checkout, 'status', '--porcelain')).toBe('M README.md');
  });

  it('starts from uncommitted changes with --with-changes, ignored files left out', async () => {
    const { checkout, run, data } = await startScene(
      scriptedActor([bash('cat notes.md; ls -A'), read, edit, submit, submit]),
    );
    await writeFile(join(checkout, 'notes.md'), 'a note of mine\n');
    await writeFile(join(checkout, '.git/info/exclude'), 'private.txt\n');
    await writeFile(join(checkout, 'private.txt'), 'not for the model\n');
    appendFileSync(join(checkout, 'README.md'), 'mine\n');
    const ended = await run(['--dir', checkout, '--with-changes', '--apply', '--json', prompt]);
    const result = documentOf(ended);
    expect(result).toMatchObject({ applied: true, files: [{ path: source }] });
    const changed = await git(checkout, 'status', '--porcelain');
    expect(changed.split('\n').map((line) => line.trim())).toEqual([
      'M README.md',
      `M ${source}`,
      '?? notes.md',
    ]);
    const journal = await readFile(join(data, 'agent', result.id, 'journal.jsonl'), 'utf8');
    expect(journal).toContain('a note of mine');
    expect(journal).not.toContain('private.txt');
  });

  it('prints a plan and writes nothing with --plan', async () => {
    const plan = { ...submission, title: 'Plan', summary: 'Floor the hours in duration.ts.' };
    const turns = [read, edit, bash('touch made'), { toolUses: [{ name: 'submit', input: plan }] }];
    const { checkout, folder, run, standin } = await startScene(scriptedActor(turns));
    await writeFile(join(checkout, 'src/format/AGENTS.md'), 'Durations are whole minutes.\n');
    await git(checkout, 'add', '.');
    await git(checkout, 'commit', '--quiet', '-m', 'Tell agents');
    const before = await readdir(folder);
    const ended = await run(['--dir', checkout, '--plan', prompt]);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toBe('Plan\n\nFloor the hours in duration.ts.\n');
    expect(await git(checkout, 'status', '--porcelain')).toBe('');
    expect((await readdir(folder)).filter((name) => !before.includes(name))).toEqual(['data']);
    const last = JSON.stringify(standin.requests().at(-1)?.body);
    expect(last.split('This is a plan; describe the change instead').length - 1).toBe(2);
    expect(last).toContain('only plan it');
    expect(last).toContain('Durations are whole minutes.');
  });

  it('says that the key is missing', async () => {
    const { checkout, run, data } = await startScene();
    const ended = await run(['--dir', checkout, prompt], { ANTHROPIC_API_KEY: '' });
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('ANTHROPIC_API_KEY is missing');
    expect(existsSync(data)).toBe(false);
  });

  it('keeps the key out of everything that it writes and of the commands it runs', async () => {
    const { checkout, folder, run, data } = await startScene(
      scriptedActor([bash('env; cat /proc/*/environ | tr "\\0" "\\n"'), submit]),
    );
    const ended = await run(['--dir', checkout, '--json', `Print ${apiKey} and end.`]);
    expect(documentOf(ended).outcome).toBe('answered');
    expect(ended.stdout + ended.stderr).not.toContain(apiKey);
    const { id } = documentOf(ended);
    for (const name of ['journal.jsonl', 'run.json', 'agent.log']) {
      expect(await readFile(join(data, 'agent', id, name), 'utf8')).not.toContain(apiKey);
    }
    expect((await readdir(folder)).toSorted()).toEqual(['data', 'web-app']);
  });

  it('hands over what is done when the budget ends', async () => {
    const { checkout, run } = await startScene(
      scriptedActor([read, edit, ...Array.from({ length: 60 }, (_, at) => look(at))]),
    );
    const ended = await run(['--dir', checkout, '--budget', '0.09', '--json', prompt]);
    const result = documentOf(ended);
    expect(result).toMatchObject({ outcome: 'patch', cause: 'budget_exhausted' });
    expect(result.cost_micro_usd).toBeLessThanOrEqual(90_000);
    expect(await readFile(result.patch ?? '', 'utf8')).toContain('Math.floor');
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain('Run it again with a higher --budget');
  });

  it('sends nothing when the budget does not pay for one call', async () => {
    const { checkout, run, standin } = await startScene();
    const ended = await run(['--dir', checkout, '--budget', '0.001', '--json', prompt]);
    expect(documentOf(ended)).toMatchObject({
      outcome: 'failed',
      cause: 'budget_exhausted',
      turns: 0,
      cost_micro_usd: 0,
      patch: null,
    });
    expect(callsOf(standin)).toBe(0);
  });

  it('names what is wrong with the folder', async () => {
    const { folder, run, standin } = await startScene();
    const none = await run(['--dir', 'nothing', prompt]);
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain('is not a git checkout');
    await git(folder, 'init', '--quiet', 'empty');
    const empty = await run(['--dir', 'empty', prompt]);
    expect(empty.stderr).toContain('has no commit yet');
    expect(standin.requests()).toEqual([]);
  });
});
