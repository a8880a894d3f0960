import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withFlags } from '../../../core/render/flags.ts';
import type { PublishDeps } from '../../../worker/publish/publish.ts';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { personGit } from '../workspace/repository.ts';
import { type Scene, createScene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

const branch = 'cody/abcdefghjk-fix-the-sum';

/** A pull request of ours, and a second request's change on top of its head. */
async function iterate(name: string, files: Readonly<Record<string, string>> = {}) {
  const work = await scene.work(name);
  writeFileSync(work.at('first.txt'), 'first\n');
  for (const [path, text] of Object.entries(files)) writeFileSync(work.at(path), text);
  const opened = await work.publish();
  if (opened.type !== 'pull_request') throw new Error(opened.type);
  const head = opened.commit_sha;
  personGit(work.gitDir, 'fetch', '--quiet', work.bare, head);
  writeFileSync(work.at('second.txt'), 'second\n');
  const { number } = opened.pull_request;
  const first = await work.input();
  work.records.length = 0;
  const again = async (deps: Partial<PublishDeps> = {}) => {
    const noted = work.records.findLast((record) => record.commit_sha)?.commit_sha;
    return work.publish(
      {
        job: {
          ...first.job,
          id: 'zbcdefghjk-1',
          base_branch: branch,
          base_sha: head,
          iteration: { pull_request: number, own: true, trusted_sha: work.sha },
          ...(noted === undefined ? {} : { commit_sha: noted }),
        },
        request: { ...first.request, id: 'zbcdefghjk', prompt_excerpt: 'Say more' },
        changes: await collectChanges({ ...work, baseSha: head }),
        title: 'Say more',
      },
      deps,
    );
  };
  const log = () => personGit(work.bare, 'log', '--format=%s', branch).split('\n').slice(0, -1);
  return { work, head, number, again, log };
}

/** A manifest that runs something at an installation, in any of its versions. */
function manifest(version: string): string {
  return `{\n  "version": "${version}",\n  "scripts": {\n    "postinstall": "x"\n  }\n}\n`;
}

describe('a change to a pull request of ours', () => {
  it('becomes one more commit of the same pull request, with a check run of its own', async () => {
    const { work, head, number, again, log } = await iterate('push');
    const outcome = await again();
    const sha = personGit(work.bare, 'rev-parse', branch);
    expect(outcome).toMatchObject({
      type: 'pull_request',
      branch,
      commit_sha: sha,
      pull_request: { number, head_sha: sha, files: 1, verified: true },
    });
    expect(personGit(work.bare, 'rev-parse', `${branch}^`)).toBe(head);
    expect(log()).toEqual(['Say more', 'Fix the sum']);
    expect(personGit(work.bare, 'log', '-1', '--format=%B', branch)).toContain(
      'Co-authored-by: requester',
    );
    const { branches, pulls, checks } = await work.found();
    expect([branches.length, pulls.length]).toEqual([1, 1]);
    expect(pulls[0]).toMatchObject({ title: 'Fix the sum', head: { sha } });
    expect(checks).toMatchObject([{ external_id: 'zbcdefghjk-1', head_sha: sha }]);
  });

  it('has at its top what all of it meets, written once, around what people wrote', async () => {
    const { work, number, again } = await iterate('push-flags', {
      'package.json': manifest('1.0.0'),
      'back\\slash': 'const a = "\u202E";\n',
      'picture.bin': '\u0000',
    });
    const at = { owner: 'acme', repo: 'push-flags', pull_number: number };
    await work.github.rest.pulls.update({ ...at, body: 'Mine.\r\n\r\nAlso mine. ' });
    writeFileSync(work.at('package.json'), manifest('1.0.1'));
    writeFileSync(work.at('yarn.lock'), 'x\n');
    symlinkSync('first.txt', work.at('link'));
    const notes: string[] = [];
    await again({ note: (text) => notes.push(text) });
    const { data } = await work.github.rest.pulls.get(at);
    expect(data.body).toBe(
      [
        '<!-- cody-batch:flags -->',
        '### Look at this first',
        [
          '- `lockfile`: which code dependencies bring: `yarn.lock`',
          '- `install_script`: what runs when somebody installs or builds this: `package.json`',
          '- `symlink`: a symbolic link: `link`',
          '- `binary_file`: bytes that a diff does not show: `picture.bin`',
          '- `unportable_name`: a name that Windows can not hold or takes for another: `back\\\\slash`',
          '- `hidden_characters`: characters that a reviewer does not see: `back\\\\slash`',
        ].join('\n'),
        '<!-- /cody-batch:flags -->',
        'Mine.\r\n\r\nAlso mine. ',
      ].join('\n\n'),
    );
    expect(notes.map((note) => note.split(':')[0])).toEqual(['`lockfile`', '`symlink`']);
    await again();
    expect((await work.github.rest.pulls.get(at)).data.body).toBe(data.body);
    const tree = { sha: work.sha, url: '', truncated: true, tree: [] };
    const trees = /\/repos\/acme\/push-flags\/git\/trees\//;
    scene.standin.faults.add({
      method: 'GET',
      path: trees,
      when: 'before',
      status: 200,
      body: tree,
    });
    await again();
    const { data: cut } = await work.github.rest.pulls.get(at);
    expect(cut.body).toContain('- `install_script`: ');
    expect(cut.body).toContain('- The whole change could not be looked at again');
    await work.github.rest.pulls.update({ ...at, body: 'Taken away.' });
    const path = `/repos/acme/push-flags/pulls/${String(number)}`;
    const body = { message: 'Resource not accessible by integration' };
    scene.standin.faults.add({ method: 'PATCH', path, when: 'before', status: 403, body });
    await again({ note: (text) => notes.push(text) });
    expect(notes.at(-1)).toContain('does not show what a reviewer has to look at first');
    scene.standin.faults.clear();
  });

  it('has flags also where the whole can not be read, where others write meanwhile, and in a long body', async () => {
    const { work, number, again } = await iterate('push-unread', {
      'picture.bin': '\u0000',
      'package.json': manifest('1.0.0'),
    });
    const at = { owner: 'acme', repo: 'push-unread', pull_number: number };
    const body = async () => (await work.github.rest.pulls.get(at)).data.body ?? '';
    const path = /\/repos\/acme\/push-unread\/compare\//;
    scene.standin.faults.add({ method: 'GET', path, when: 'before', status: 502, times: 9 });
    writeFileSync(work.at('yarn.lock'), 'x\n');
    expect(await again()).toMatchObject({ type: 'pull_request' });
    scene.standin.faults.clear();
    expect(await body()).toMatch(/- `lockfile`.*\n- The whole change could not/);
    // What can't be read in time, or in bytes, is named.
    for (const flagReads of [
      { ms: 60_000, bytes: 0 },
      { ms: 0, bytes: 9_999 },
    ]) {
      await work.github.rest.pulls.update({ ...at, body: 'Mine.' });
      await again({ flagReads });
      expect(await body()).toContain('- Not looked at again: `package.json`');
    }
    // People write while it waits for its turn.
    await work.github.rest.pulls.update({ ...at, body: 'Mine.' });
    const turn = async () =>
      void (await work.github.rest.pulls.update({ ...at, body: 'Theirs, meanwhile.' }));
    await again({ turn });
    expect(await body()).toMatch(/- `install_script`[^]*Theirs, meanwhile\.$/);
    await work.github.rest.pulls.update({ ...at, body: 'x'.repeat(59_900) });
    await again();
    expect(await body()).toContain('- `binary_file`: 1 file\n');
    // Somebody pushed since: their flags are not taken away.
    const newer = withFlags('Mine.', [
      '`executable`: now executable: `run`',
      '`lockfile`: 2 files',
    ]);
    await work.github.rest.pulls.update({ ...at, body: newer });
    const sha = personGit(work.bare, 'rev-parse', branch);
    const tree = personGit(work.bare, 'rev-parse', `${branch}^{tree}`);
    const theirs = personGit(work.bare, 'commit-tree', tree, '-p', sha, '-m', 'theirs');
    personGit(work.bare, 'update-ref', `refs/heads/${branch}`, theirs);
    await again();
    expect(await body()).toContain('- `executable`: now executable: `run`\n- `lockfile`: ');
  });

  it('is pushed once after a crash before any write or record', async () => {
    for (let crash = 1; ; crash += 1) {
      const { work, again, log } = await iterate(`push-crash-${String(crash)}`);
      let calls = 0;
      const tick = () => {
        calls += 1;
        if (calls === crash) throw new Error('crash');
      };
      const fence = async () => tick();
      const record: PublishDeps['record'] = async (patch) => {
        tick();
        work.records.push(patch);
      };
      const first = await again({ fence, record }).catch(() => undefined);
      expect(await again()).toMatchObject({ type: 'pull_request' });
      expect(log()).toEqual(['Say more', 'Fix the sum']);
      expect((await work.found()).pulls).toHaveLength(1);
      if (first) {
        expect(calls).toBeGreaterThanOrEqual(6);
        break;
      }
    }
  });

  it('is pushed once when the answer to the push is lost', async () => {
    const { again, log } = await iterate('push-lost');
    const path = `/repos/acme/push-lost/git/refs/heads/${branch}`;
    scene.standin.faults.add({ method: 'PATCH', path, when: 'after', destroy: true });
    expect(await again()).toMatchObject({ type: 'pull_request' });
    expect(log()).toEqual(['Say more', 'Fix the sum']);
    scene.standin.faults.clear();
  });

  it('is kept as a patch when a person pushed meanwhile, whose commit stays', async () => {
    const { work, head, again } = await iterate('push-moved');
    const tree = personGit(work.bare, 'rev-parse', `${head}^{tree}`);
    const theirs = personGit(work.bare, 'commit-tree', tree, '-p', head, '-m', 'theirs');
    personGit(work.bare, 'update-ref', `refs/heads/${branch}`, theirs);
    expect(await again()).toMatchObject({ type: 'patch', cause: { code: 'branch_taken' } });
    expect(personGit(work.bare, 'rev-parse', branch)).toBe(theirs);
  });

  it('counts as pushed when a person went on with it before the run could end', async () => {
    const { work, again, log } = await iterate('push-continued');
    await again();
    const ours = personGit(work.bare, 'rev-parse', branch);
    const tree = personGit(work.bare, 'rev-parse', `${branch}^{tree}`);
    const theirs = personGit(work.bare, 'commit-tree', tree, '-p', ours, '-m', 'theirs');
    personGit(work.bare, 'update-ref', `refs/heads/${branch}`, theirs);
    expect(await again()).toMatchObject({ type: 'pull_request', commit_sha: ours });
    expect(log()).toEqual(['theirs', 'Say more', 'Fix the sum']);
  });

  it('is kept as a patch when the pull request was closed', async () => {
    const { work, head, number, again } = await iterate('push-closed');
    const at = { owner: 'acme', repo: 'push-closed', pull_number: number };
    await work.github.rest.pulls.update({ ...at, state: 'closed' });
    expect(await again()).toMatchObject({ type: 'patch', cause: { code: 'pull_request_closed' } });
    expect(personGit(work.bare, 'rev-parse', branch)).toBe(head);
  });
});

/** A pull request of ours whose base has moved on, and the same change made again on the present base. */
async function replace(name: string) {
  const { work, head, number } = await iterate(name);
  const base = commitOnMain(work.bare, 'src/old.txt', 'moved\n');
  personGit(work.gitDir, 'fetch', '--quiet', work.bare, base);
  writeFileSync(work.at('src/old.txt'), 'moved\n');
  writeFileSync(work.at('first.txt'), 'first again\n');
  rmSync(work.at('second.txt'));
  const given = await work.input();
  const iteration = { pull_request: number, own: true, replaces: head, trusted_sha: base };
  const job = { ...given.job, id: 'zbcdefghjk-1', base_branch: branch, base_sha: base, iteration };
  const again = async () =>
    work.publish({
      job: { ...job, commit_sha: work.records.findLast((one) => one.commit_sha)?.commit_sha },
      request: { ...given.request, id: 'zbcdefghjk' },
      changes: await collectChanges({ ...work, baseSha: base }),
    });
  work.records.length = 0;
  return { work, head, base, number, again };
}

function commitOnMain(bare: string, path: string, text: string): string {
  const clone = `${bare}-clone`;
  personGit(bare, 'clone', '--quiet', '--branch', 'main', bare, clone);
  writeFileSync(join(clone, path), text);
  personGit(clone, 'commit', '--quiet', '--all', '--message', 'Move on');
  personGit(clone, 'push', '--quiet', 'origin', 'main');
  return personGit(clone, 'rev-parse', 'HEAD');
}

describe('a change that is made again on a base that has moved', () => {
  it('becomes one commit on top of both, so that nothing is forced and the base is contained', async () => {
    const { work, head, base, number, again } = await replace('again');
    const outcome = await again();
    expect(outcome).toMatchObject({ type: 'pull_request', pull_request: { number } });
    const parents = personGit(work.bare, 'log', '-1', '--format=%P', branch).trim();
    expect(parents).toBe(`${head} ${base}`);
    const changed = personGit(work.bare, 'diff', '--name-only', `main...${branch}`).trim();
    expect(changed).toBe('first.txt');
    const sha = personGit(work.bare, 'rev-parse', branch);
    expect(await again()).toMatchObject({ type: 'pull_request', commit_sha: sha });
    expect(personGit(work.bare, 'rev-parse', branch)).toBe(sha);
  });

  it('leaves a commit alone that a person has pushed meanwhile', async () => {
    const { work, head, again } = await replace('again-moved');
    const tree = personGit(work.bare, 'rev-parse', `${head}^{tree}`);
    const theirs = personGit(work.bare, 'commit-tree', tree, '-p', head, '-m', 'theirs');
    personGit(work.bare, 'update-ref', `refs/heads/${branch}`, theirs);
    expect(await again()).toMatchObject({ type: 'patch', cause: { code: 'branch_taken' } });
    expect(personGit(work.bare, 'rev-parse', branch)).toBe(theirs);
  });

  it('is kept as a patch when the pull request goes to another base by now', async () => {
    const { work, head, number, again } = await replace('again-elsewhere');
    personGit(work.bare, 'branch', 'release', work.sha);
    const at = { owner: 'acme', repo: 'again-elsewhere', pull_number: number };
    await work.github.rest.pulls.update({ ...at, base: 'release' });
    expect(await again()).toMatchObject({ type: 'patch', cause: { code: 'branch_taken' } });
    expect(personGit(work.bare, 'rev-parse', branch)).toBe(head);
  });
});
