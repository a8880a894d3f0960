import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stopped, TransientError } from '../../../core/errors.ts';
import { createRedactor } from '../../../core/redact.ts';
import { gateReport } from '../../../worker/job/gate-report.ts';
import { personGit } from '../workspace/repository.ts';
import { type Scene, createScene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

const branch = 'cody/abcdefghjk-fix-the-sum';

describe('publish', () => {
  it('makes one verified commit, one pull request with its reviewer, and one check run', async () => {
    const work = await scene.work('plain');
    writeFileSync(work.at('src/new.txt'), 'new\n');
    rmSync(work.at('src/old.txt'));
    const outcome = await work.publish();
    const { branches, pulls, checks, main } = await work.found();
    expect(branches).toEqual([`refs/heads/${branch}`]);
    expect(pulls).toMatchObject([
      {
        title: 'Fix the sum',
        state: 'open',
        draft: false,
        requested_reviewers: [{ login: 'requester' }],
      },
    ]);
    expect(checks).toMatchObject([
      { name: 'Cody', external_id: 'abcdefghjk-1', status: 'completed', conclusion: 'success' },
    ]);
    const sha = personGit(work.bare, 'rev-parse', branch);
    expect(outcome).toMatchObject({
      type: 'pull_request',
      branch,
      commit_sha: sha,
      pull_request: { draft: false, head_sha: sha, files: 2, verified: true },
      check_run: { conclusion: 'success' },
    });
    expect(checks[0]?.head_sha).toBe(sha);
    expect(personGit(work.bare, 'rev-parse', `${branch}^`)).toBe(main);
    expect(personGit(work.bare, 'log', '-1', '--format=%an|%B', branch)).toBe(
      [
        'cody[bot]|Fix the sum',
        '',
        'It was wrong.',
        '',
        'Cody-Request: abcdefghjk',
        `Co-authored-by: requester <${String(scene.requester.id)}+requester@users.noreply.127.0.0.1>`,
      ].join('\n'),
    );
    expect(work.records.map((patch) => Object.keys(patch).join())).toEqual([
      'branch,commit_sha',
      'pull_request',
      'check_run',
    ]);
  });

  it('keeps the executable bit, links, CRLF under eol attributes, binary files and deletions', async () => {
    const work = await scene.work('modes', {
      files: {
        '.gitattributes': '*.txt text eol=crlf\n',
        'crlf.txt': 'a\r\nb\r\n',
        'gone/one': '1',
        swap: 'file',
        'deep/swap/inner': 'x',
        'tool.sh': '#!/bin/sh\n',
      },
    });
    writeFileSync(work.at('crlf.txt'), 'a\r\nc\r\n');
    writeFileSync(work.at('bom.txt'), '\uFEFFbom\n');
    writeFileSync(work.at('empty'), '');
    writeFileSync(work.at('pic.bin'), Buffer.from([0, 1, 0xff, 0xfe]));
    writeFileSync(work.at('latin.txt'), Buffer.from([0x63, 0xe9]));
    writeFileSync(work.at('näme with "quotes"'), 'x');
    chmodSync(work.at('tool.sh'), 0o755);
    symlinkSync('crlf.txt', work.at('link'));
    rmSync(work.at('gone'), { recursive: true });
    rmSync(work.at('swap'));
    mkdirSync(work.at('swap'));
    writeFileSync(work.at('swap/inner'), 'now a folder');
    rmSync(work.at('deep/swap'), { recursive: true });
    writeFileSync(work.at('deep/swap'), 'now a file');
    const { changes } = await work.input();
    const outcome = await work.publish();
    expect(outcome).toMatchObject({ type: 'pull_request' });
    expect(personGit(work.bare, 'rev-parse', `${branch}^{tree}`)).toBe(changes.tree);
    expect(
      personGit(work.bare, 'ls-tree', '-r', '--format=%(objectmode) %(path)', branch),
    ).toContain('120000 link');
  });

  it('chains requests for a thousand files and gets the tree that git computed', async () => {
    const work = await scene.work('many');
    mkdirSync(work.at('gen'));
    for (let at = 0; at < 1000; at += 1)
      writeFileSync(work.at(`gen/f${String(at)}.txt`), `${String(at)}\n`);
    const before = scene.standin.requests().length;
    const { changes } = await work.input();
    expect(await work.publish()).toMatchObject({ type: 'pull_request' });
    expect(personGit(work.bare, 'rev-parse', `${branch}^{tree}`)).toBe(changes.tree);
    const trees = scene.standin
      .requests()
      .slice(before)
      .filter((one) => one.method === 'POST' && one.path.endsWith('/git/trees'));
    expect(trees).toHaveLength(4);
  });

  it('leaves exactly one of everything after a crash before any write', async () => {
    for (let crash = 1; ; crash += 1) {
      const work = await scene.work(`crash-${String(crash)}`);
      writeFileSync(work.at('new.txt'), 'new\n');
      writeFileSync(work.at('new.bin'), Buffer.from([0, crash]));
      let calls = 0;
      const fence = async () => {
        calls += 1;
        if (calls === crash) throw new Error('crash');
      };
      const first = await work.publish({}, { fence }).catch(() => undefined);
      await work.publish();
      const { branches, pulls, checks } = await work.found();
      expect([branches.length, pulls.length, checks.length]).toEqual([1, 1, 1]);
      if (first) {
        expect(calls).toBeGreaterThanOrEqual(7);
        break;
      }
    }
  });

  it('leaves exactly one of everything after a crash before any record', async () => {
    for (const crash of [1, 2, 3]) {
      const work = await scene.work(`record-${String(crash)}`);
      writeFileSync(work.at('new.txt'), 'new\n');
      let calls = 0;
      const record = async () => {
        calls += 1;
        if (calls === crash) throw new Error('crash');
      };
      await expect(work.publish({}, { record })).rejects.toThrow('crash');
      expect(await work.publish()).toMatchObject({ type: 'pull_request' });
      const { branches, pulls, checks } = await work.found();
      expect([branches.length, pulls.length, checks.length]).toEqual([1, 1, 1]);
    }
  });

  const lost = [
    ['is lost', 'lost', { destroy: true }],
    ['becomes a 502', 'hidden', { status: 502 }],
  ] as const;
  it.each(lost)('adopts what was made when the answer to any write %s', async (_, name, fault) => {
    const work = await scene.work(name);
    writeFileSync(work.at('new.txt'), 'new\n');
    for (const path of ['git/trees', 'git/commits', 'git/refs', 'pulls', 'check-runs'])
      scene.standin.faults.add({
        method: 'POST',
        path: `/repos/acme/${name}/${path}`,
        when: 'after',
        ...fault,
      });
    expect(await work.publish()).toMatchObject({ type: 'pull_request' });
    const { branches, pulls, checks } = await work.found();
    expect([branches.length, pulls.length, checks.length]).toEqual([1, 1, 1]);
    scene.standin.faults.clear();
  });

  it('gives up as transient when GitHub stays away, and finishes on the next run', async () => {
    const work = await scene.work('away');
    writeFileSync(work.at('new.txt'), 'new\n');
    scene.standin.faults.add({
      method: 'POST',
      path: '/repos/acme/away/pulls',
      when: 'before',
      status: 502,
      times: 3,
    });
    await expect(work.publish()).rejects.toBeInstanceOf(TransientError);
    scene.standin.faults.clear();
    expect(await work.publish()).toMatchObject({ type: 'pull_request' });
    expect((await work.found()).branches).toHaveLength(1);
  });

  it('writes nothing once the lease is lost', async () => {
    const work = await scene.work('fenced');
    writeFileSync(work.at('new.txt'), 'new\n');
    const lost = new Stopped('lease_lost', 'worker_lost', 'Another worker has the job.');
    const fence = () => Promise.reject(lost);
    await expect(work.publish({}, { fence })).rejects.toBeInstanceOf(Stopped);
    const { branches, pulls, checks } = await work.found();
    expect([branches.length, pulls.length, checks.length]).toEqual([0, 0, 0]);
  });

  it("leaves somebody else's commit on the branch alone and keeps the patch", async () => {
    const work = await scene.work('taken');
    const at = { owner: 'acme', repo: 'taken' };
    await work.github.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: work.sha });
    writeFileSync(work.at('new.txt'), 'new\n');
    const outcome = await work.publish();
    expect(outcome).toMatchObject({ type: 'patch', cause: { code: 'branch_taken' } });
    expect(personGit(work.bare, 'rev-parse', branch)).toBe(work.sha);
    expect((await work.found()).checks).toMatchObject([
      { head_sha: work.sha, conclusion: 'neutral' },
    ]);
  });

  it('does not reopen or replace a pull request that a person closed', async () => {
    const work = await scene.work('closed');
    writeFileSync(work.at('new.txt'), 'new\n');
    const first = await work.publish();
    const number = first.type === 'pull_request' ? first.pull_request.number : 0;
    await work.github.rest.pulls.update({
      owner: 'acme',
      repo: 'closed',
      pull_number: number,
      state: 'closed',
    });
    await work.github.rest.git.deleteRef({ owner: 'acme', repo: 'closed', ref: `heads/${branch}` });
    expect(await work.publish()).toMatchObject({
      type: 'patch',
      cause: { code: 'pull_request_closed' },
    });
    const { branches, pulls } = await work.found();
    expect([branches.length, pulls.length]).toEqual([0, 1]);
  });

  it('stands by its pull request when a person closed it before the run could be recorded as ended', async () => {
    const work = await scene.work('merged');
    writeFileSync(work.at('new.txt'), 'new\n');
    const first = await work.publish();
    if (first.type !== 'pull_request') throw new Error('no pull request');
    const { pull_request } = first;
    await work.github.rest.pulls.update({
      owner: 'acme',
      repo: 'merged',
      pull_number: pull_request.number,
      state: 'closed',
    });
    const { job } = await work.input();
    expect(await work.publish({ job: { ...job, pull_request } })).toMatchObject({
      type: 'pull_request',
      pull_request: { number: pull_request.number },
    });
  });

  it('makes a draft of a red verification and of a run that a limit ended', async () => {
    const red = await scene.work('red');
    writeFileSync(red.at('new.txt'), 'new\n');
    expect(await red.publish({ verification: { status: 'red', commands: [] } })).toMatchObject({
      pull_request: { draft: true },
      check_run: { conclusion: 'failure' },
    });
    const limited = await scene.work('limited');
    writeFileSync(limited.at('new.txt'), 'new\n');
    expect(await limited.publish({ limited: true })).toMatchObject({
      pull_request: { draft: true },
      check_run: { conclusion: 'neutral' },
    });
  });

  it('opens an ordinary pull request where drafts are not supported', async () => {
    const work = await scene.work('nodraft');
    writeFileSync(work.at('new.txt'), 'new\n');
    scene.standin.faults.add({
      method: 'POST',
      path: '/repos/acme/nodraft/pulls',
      when: 'before',
      status: 422,
      body: {
        message: 'Draft pull requests are not supported in this repository.',
        documentation_url: 'https://docs.github.com/rest',
      },
    });
    expect(await work.publish({ limited: true })).toMatchObject({ pull_request: { draft: false } });
  });

  it('stands without a reviewer that GitHub refuses', async () => {
    const work = await scene.work('noreviewer');
    writeFileSync(work.at('new.txt'), 'new\n');
    scene.standin.faults.add({
      method: 'POST',
      path: /\/repos\/acme\/noreviewer\/pulls\/\d+\/requested_reviewers/,
      when: 'before',
      status: 422,
      body: { message: 'Reviews may only be requested from collaborators.' },
    });
    expect(await work.publish()).toMatchObject({ type: 'pull_request' });
  });

  it('adds labels and reviewers, names those whom GitHub refuses, and does it once', async () => {
    const work = await scene.work('decorated', {
      collaborators: { requester: 'write', outsider: 'write' },
    });
    writeFileSync(work.at('src/old.txt'), 'new\n');
    const notes: string[] = [];
    const settings = {
      labels: ['cody', 'new label'],
      reviewers: ['outsider', 'nobody', 'acme/ghosts', 'Requester'],
      paths: ['src'],
      problems: ['cody.yml has a problem.'],
    };
    const deps = { note: (text: string) => notes.push(text) };
    await work.publish({ settings }, deps);
    await work.publish({ settings }, deps);
    const [pull] = (await work.found()).pulls;
    expect(pull?.labels.map(({ name }) => name)).toEqual(['cody', 'new label']);
    const asked = pull?.requested_reviewers?.map(({ login }) => login);
    expect(asked?.toSorted()).toEqual(['outsider', 'requester']);
    expect(new Set(notes).size).toBe(1);
    expect(notes[0]).toContain('did not take `nobody`, `acme/ghosts` as reviewers');
    expect(pull?.body).toContain('cody.yml has a problem.');
  });

  it('opens a draft, or none, where the settings say so and the command does not', async () => {
    const work = await scene.work('always-draft');
    writeFileSync(work.at('src/old.txt'), 'new\n');
    const settings = { labels: [], reviewers: [], paths: [], problems: [], draft: true };
    await work.publish({ settings });
    expect((await work.found()).pulls[0]?.draft).toBe(true);
  });

  it('publishes no part of a change that touches what may not be changed', async () => {
    const work = await scene.work('scoped');
    writeFileSync(work.at('src/old.txt'), 'new\n');
    writeFileSync(work.at('readme.md'), 'new\n');
    const settings = { labels: [], reviewers: [], paths: ['src'], problems: [] };
    expect(await work.publish({ settings })).toMatchObject({
      type: 'patch',
      cause: {
        code: 'outside_path',
        sentence: 'The change touches `readme.md`, and only `src` may be changed.',
      },
    });
    expect((await work.found()).branches).toEqual([]);
  });

  it('answers without a pull request when nothing changed, with a neutral check run on the base', async () => {
    const work = await scene.work('answered');
    expect(await work.publish()).toMatchObject({
      type: 'answered',
      check_run: { conclusion: 'neutral' },
    });
    const { branches, checks } = await work.found();
    expect(branches).toEqual([]);
    expect(checks).toMatchObject([{ head_sha: work.sha, conclusion: 'neutral' }]);
  });

  it('keeps a patch when no pull request was asked for', async () => {
    const work = await scene.work('nopr');
    writeFileSync(work.at('new.txt'), 'new\n');
    writeFileSync(work.at('yarn.lock'), 'x\n');
    const { request } = await work.input();
    expect(await work.publish({ request: { ...request, open_pull_request: false } })).toMatchObject(
      {
        type: 'patch',
        cause: {
          code: 'no_pull_request_asked',
          sentence: expect.stringMatching(/Look at this first: `lockfile`: .*`yarn\.lock`\.$/),
        },
      },
    );
    expect((await work.found()).branches).toEqual([]);
  });

  it('writes nothing to a repository that the requester may not write to any more', async () => {
    const work = await scene.work('lostright', { collaborators: { requester: 'read' } });
    writeFileSync(work.at('new.txt'), 'new\n');
    expect(await work.publish()).toEqual({
      type: 'patch',
      cause: {
        code: 'permission_lost',
        sentence: 'requester may not write to acme/lostright any more.',
      },
    });
    const { branches, checks } = await work.found();
    expect([branches.length, checks.length]).toEqual([0, 0]);
  });

  it('writes nothing to a repository that became public after the request was accepted', async () => {
    const work = await scene.work('opened', { private: false });
    writeFileSync(work.at('new.txt'), 'new\n');
    expect(await work.publish()).toMatchObject({
      type: 'patch',
      cause: { code: 'repository_public' },
    });
    const { branches, checks } = await work.found();
    expect([branches.length, checks.length]).toEqual([0, 0]);
  });

  it('says that an archived repository takes no changes, and that a base branch is gone', async () => {
    const old = await scene.work('archived', { archived: true });
    writeFileSync(old.at('new.txt'), 'new\n');
    expect(await old.publish()).toMatchObject({
      type: 'patch',
      cause: { code: 'repository_archived' },
    });
    const work = await scene.work('nobase');
    writeFileSync(work.at('new.txt'), 'new\n');
    const { job } = await work.input();
    expect(await work.publish({ job: { ...job, base_branch: 'gone' } })).toMatchObject({
      type: 'patch',
      cause: { code: 'base_branch_missing' },
      check_run: { conclusion: 'neutral' },
    });
  });

  it('looks at the size of a change before anything else', async () => {
    const work = await scene.work('sized');
    writeFileSync(work.at('CODEOWNERS'), '* @requester\n');
    const { changes } = await work.input();
    const [owners] = changes.changes;
    if (!owners) throw new Error('no change');
    const many = { ...changes, changes: Array.from({ length: 3_001 }, () => owners) };
    expect(await work.publish({ changes: many })).toMatchObject({
      type: 'patch',
      cause: { code: 'too_large', sentence: expect.stringMatching(/3001 files.*not looked at/) },
    });
    const { findings } = gateReport(many);
    expect(findings).toEqual([expect.stringContaining('3001 files')]);
  });

  it.each([
    ['workflow', '.github/workflows'],
    ['cased', '.GitHub/Workflows'],
  ])('names the workflows permission when it is missing (%s)', async (name, folder) => {
    const work = await scene.work(name);
    mkdirSync(work.at(folder), { recursive: true });
    writeFileSync(work.at(`${folder}/ci.yml`), 'on: push\n');
    const outcome = await work.publish();
    expect(outcome).toMatchObject({ type: 'patch', cause: { code: 'workflows_permission' } });
    expect(JSON.stringify(outcome)).toContain('workflows permission (write)');
  });

  it('publishes no secret, registered or of a known shape', async () => {
    const registered = await scene.work('registered');
    writeFileSync(
      registered.at('new.txt'),
      Buffer.from('value-of-the-key-0123').toString('base64'),
    );
    const redactor = createRedactor(['value-of-the-key-0123']);
    expect(await registered.publish({}, { redactor })).toMatchObject({
      type: 'patch',
      cause: { code: 'secret_in_patch' },
    });
    const shaped = await scene.work('shaped');
    writeFileSync(shaped.at('new.txt'), `token = ghp_${'aB3dE5gH7j'.repeat(4)}\n`);
    expect(await shaped.publish()).toMatchObject({
      type: 'patch',
      cause: { code: 'secret_in_patch' },
    });
    expect((await shaped.found()).branches).toEqual([]);
  });

  it('publishes no credential of this service in pieces, packed, in a name or over several files', async () => {
    const credential = ['ghs', 'q7Rk2LmX9vTzB4nWc8YdE1sHf6GjP0aU3oQi'].join('_');
    const redactor = createRedactor([credential]);
    const hidden: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      pieces: { 'a.ts': `'${credential.slice(0, 9)}' +\n '${credential.slice(9)}'\n` },
      packed: { 'a.txt': gzipSync(credential).toString('base64') },
      name: { [`${credential.slice(0, 22)}/${credential.slice(22)}`]: 'x' },
      files: { 'a.ts': credential.slice(0, 12), 'b.ts': credential.slice(12, 24), 'c.ts': 'x' },
    };
    for (const [name, files] of Object.entries(hidden)) {
      const work = await scene.work(`secret-${name}`);
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(work.at(path)), { recursive: true });
        writeFileSync(work.at(path), text);
      }
      const outcome = await work.publish({}, { redactor });
      expect(outcome, name).toMatchObject({ type: 'patch', cause: { code: 'secret_in_patch' } });
      expect(JSON.stringify(outcome)).not.toContain(credential.slice(4, 20));
      expect((await work.found()).branches).toEqual([]);
    }
  });

  it('shows at the top what a rule flags, and keeps as a patch what a rule blocks', async () => {
    const work = await scene.work('gate');
    writeFileSync(work.at('AGENTS.md'), 'Do this\n');
    const blocked = await work.publish({
      settings: { ...(await work.input()).settings, gate_blocks: ['agent_instructions'] },
    });
    expect(blocked).toMatchObject({
      type: 'patch',
      cause: { code: 'gate_rule', sentence: expect.stringContaining('`AGENTS.md`') },
    });
    expect((await work.found()).branches).toEqual([]);
    await work.publish({}, { renderBody: ({ flags }) => flags.join('\n') });
    const { pulls } = await work.found();
    expect(pulls[0]?.body).toBe(
      '`agent_instructions`: what agents are told to do here: `AGENTS.md`',
    );
  });

  it('refuses a file name that is not UTF-8 in plain words', async () => {
    const work = await scene.work('oddname');
    writeFileSync(Buffer.concat([Buffer.from(work.at('f')), Buffer.from([0xff])]), 'x');
    expect(await work.publish()).toMatchObject({
      type: 'patch',
      cause: { code: 'github_rejected', sentence: expect.stringContaining('not UTF-8') },
    });
  });

  it('notes conflict markers in the body', async () => {
    const work = await scene.work('markers');
    writeFileSync(work.at('readme.md'), '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n');
    await work.publish();
    expect((await work.found()).pulls[0]?.body).toContain('`readme.md` holds conflict markers.');
  });

  it('says that the base has moved on, but not of work on the head of a fork', async () => {
    const bodies = new Map<boolean, string | null | undefined>();
    for (const fork of [false, true]) {
      const work = await scene.work(fork ? 'of-a-fork' : 'moved-on');
      writeFileSync(work.at('readme.md'), 'new\n');
      const iteration = { pull_request: 1, own: false, fork, trusted_sha: work.sha };
      const { job } = await work.input();
      await work.publish({ job: { ...job, base_sha: 'f'.repeat(40), iteration } });
      bodies.set(fork, (await work.found()).pulls[0]?.body);
    }
    expect(bodies.get(false)).toContain('main has moved on');
    expect(bodies.get(true)).not.toContain('main has moved on');
  });

  it('names nobody and asks nobody where a schedule asked, while its file still does', async () => {
    const files = {
      'readme.md': 'hello\n',
      '.github/cody.yml': 'schedule: [{name: nightly, prompt: x, cron: 0 3 * * *}]\n',
    };
    const requester = { id: 0, login: 'schedule' };
    const scheduled = async (name: string, at: object, schedule = 'nightly') => {
      const work = await scene.work(name, { files });
      writeFileSync(work.at('new.txt'), 'new\n');
      const { request } = await work.input();
      const { installation_id, repository, url } = request.source;
      const place = { installation_id, repository: { ...repository, ...at }, url };
      const source = { type: 'schedule' as const, ...place, name: schedule, due_at: 0 };
      const outcome = await work.publish({ request: { ...request, requester, source } });
      return { work, outcome };
    };
    const { work, outcome } = await scheduled('scheduled', {});
    expect(outcome).toMatchObject({ type: 'pull_request' });
    expect((await work.found()).pulls).toMatchObject([{ requested_reviewers: [] }]);
    const message = personGit(work.bare, 'log', '-1', '--format=%B', branch);
    expect(message).toContain('Cody-Request: abcdefghjk');
    expect(message).not.toContain('Co-authored-by');
    for (const other of [
      await scheduled('elsewhere', { id: 1 }),
      await scheduled('renamed', {}, 'weekly'),
    ]) {
      const cause = { code: 'permission_lost' };
      expect(other.outcome).toMatchObject({ type: 'patch', cause });
      expect(await other.work.found()).toMatchObject({ branches: [], pulls: [], checks: [] });
    }
  });

  it('breaks no rule of the description of the API', () => {
    expect(scene.standin.violations()).toEqual([]);
  });
});
