import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { checkedOut, createOrigin, personGit, temporaryFolder } from './repository.ts';

async function fixture() {
  const origin = await createOrigin();
  const at = (name: string) => join(origin.source, name);
  mkdirSync(at('src/deep'), { recursive: true });
  writeFileSync(at('src/a.txt'), 'one\ntwo\n');
  writeFileSync(at('src/deep/b.txt'), 'b\n');
  writeFileSync(at('gone.txt'), 'gone\n');
  writeFileSync(at('crlf.txt'), 'a\r\nb\r\n');
  writeFileSync(at('tool.sh'), '#!/bin/sh\n');
  writeFileSync(at('.gitignore'), 'node_modules\n*.log\n');
  const sha = origin.commit();
  const workspace = await checkedOut(origin, sha);
  return { origin, ...workspace, in: (name: string) => join(workspace.workTree, name) };
}

/** A checkout with a file that was changed in the very second in which it was written. */
async function changedAtOnce() {
  for (;;) {
    const work = await fixture();
    const second = Math.floor(statSync(work.in('src/a.txt')).mtimeMs / 1000);
    writeFileSync(work.in('src/a.txt'), 'two\none\n');
    if (Math.floor(statSync(work.in('src/a.txt')).ctimeMs / 1000) === second)
      return { work, second };
  }
}

describe('collectChanges', () => {
  it('finds nothing in an untouched tree, CRLF and eol attributes included', async () => {
    const work = await fixture();
    const changes = await collectChanges(work);
    expect(changes.changes).toEqual([]);
    expect(changes.tree).toBe(changes.baseTree);
    expect(changes.diff.length).toBe(0);
  });

  it('sees a change of the same size made within the second of the checkout', async () => {
    const { work, second } = await changedAtOnce();
    await vi.waitFor(() => expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(second), 3_000);
    const { changes } = await collectChanges(work);
    expect(changes.map(({ path }) => path)).toEqual(['src/a.txt']);
  });

  it('lists additions, edits, deletions, modes, links and binary files', async () => {
    const work = await fixture();
    writeFileSync(work.in('src/a.txt'), 'one\n2\n');
    writeFileSync(work.in('new.bin'), Buffer.from([0, 255, 1]));
    writeFileSync(work.in('crlf.txt'), 'a\r\nc\r\n');
    writeFileSync(work.in('.gitattributes'), '* text eol=lf -diff\n');
    rmSync(work.in('gone.txt'));
    chmodSync(work.in('tool.sh'), 0o755);
    symlinkSync('../outside', work.in('link'));
    const found = await collectChanges(work);
    expect(
      found.changes.map((change) => ({
        path: change.path,
        status: change.status,
        ...('mode' in change
          ? { mode: change.mode, content: change.content.toString('latin1') }
          : {}),
      })),
    ).toEqual([
      { path: '.gitattributes', status: 'added', mode: '100644', content: '* text eol=lf -diff\n' },
      { path: 'crlf.txt', status: 'modified', mode: '100644', content: 'a\r\nc\r\n' },
      { path: 'gone.txt', status: 'deleted' },
      { path: 'link', status: 'added', mode: '120000', content: '../outside' },
      { path: 'new.bin', status: 'added', mode: '100644', content: '\0ÿ\u0001' },
      { path: 'src/a.txt', status: 'modified', mode: '100644', content: 'one\n2\n' },
      { path: 'tool.sh', status: 'modified', mode: '100755', content: '#!/bin/sh\n' },
    ]);
    expect(found.diff.toString('latin1')).toContain('-two\n+2\n');
    expect(found.stat).toEqual({ files: 7, additions: 4, deletions: 3 });
  });

  it('gives a diff that git applies to the same tree', async () => {
    const work = await fixture();
    writeFileSync(work.in('new.bin'), Buffer.from([0, 255, 1]));
    renameSync(work.in('src/a.txt'), work.in('src/renamed.txt'));
    rmSync(work.in('gone.txt'));
    symlinkSync('target', work.in('link'));
    writeFileSync(work.in('crlf.txt'), 'a\r\nc\r\n');
    const found = await collectChanges(work);
    writeFileSync(join(await temporaryFolder(), 'x'), '');
    const applied = spawnSync('git', ['apply', '--index', '-'], {
      cwd: work.origin.source,
      input: found.diff,
    });
    expect(String(applied.stderr)).toBe('');
    expect(personGit(work.origin.source, 'write-tree')).toBe(found.tree);
  });

  it('leaves out what the ignore file names and keeps tracked files', async () => {
    const work = await fixture();
    mkdirSync(work.in('node_modules/x'), { recursive: true });
    writeFileSync(work.in('node_modules/x/index.js'), 'x');
    writeFileSync(work.in('debug.log'), 'x');
    writeFileSync(work.in('kept.txt'), 'x');
    const found = await collectChanges(work);
    expect(found.changes.map((change) => change.path)).toEqual(['kept.txt']);
  });

  it('does not follow a link that took the place of a folder', async () => {
    const work = await fixture();
    const outside = await temporaryFolder();
    mkdirSync(join(outside, 'deep'));
    writeFileSync(join(outside, 'a.txt'), 'secret of the machine');
    writeFileSync(join(outside, 'deep/b.txt'), 'secret of the machine');
    rmSync(work.in('src'), { recursive: true });
    symlinkSync(outside, work.in('src'));
    const found = await collectChanges(work);
    expect(found.changes.map(({ path, status }) => [path, status])).toEqual([
      ['src', 'added'],
      ['src/a.txt', 'deleted'],
      ['src/deep/b.txt', 'deleted'],
    ]);
    expect(found.diff.toString()).not.toContain('secret');
  });

  it('handles a file that became a folder and a folder that became a file', async () => {
    const work = await fixture();
    rmSync(work.in('gone.txt'));
    mkdirSync(work.in('gone.txt'));
    writeFileSync(work.in('gone.txt/inner'), 'x');
    rmSync(work.in('src/deep'), { recursive: true });
    writeFileSync(work.in('src/deep'), 'file now');
    const found = await collectChanges(work);
    expect(found.changes.map(({ path, status }) => [path, status])).toEqual([
      ['gone.txt', 'deleted'],
      ['gone.txt/inner', 'added'],
      ['src/deep', 'added'],
      ['src/deep/b.txt', 'deleted'],
    ]);
  });

  it('starts nothing that a planted repository names, and reports the repository', async () => {
    const work = await fixture();
    const nested = work.in('nested');
    mkdirSync(nested);
    personGit(nested, 'init', '--quiet');
    writeFileSync(join(nested, 'file'), 'x');
    personGit(nested, 'add', '-A');
    personGit(nested, 'commit', '--quiet', '-m', 'x');
    const proof = work.in('proof');
    personGit(nested, 'config', 'core.fsmonitor', `touch ${proof}; false`);
    personGit(work.workTree, 'init', '--quiet');
    personGit(work.workTree, 'config', 'core.fsmonitor', `touch ${proof}; false`);
    writeFileSync(work.in('.git/hooks/post-index-change'), `#!/bin/sh\ntouch ${proof}\n`, {
      mode: 0o755,
    });
    const found = await collectChanges(work);
    expect(existsSync(proof)).toBe(false);
    expect(found.changes).toEqual([]);
    expect(found.skipped).toEqual(['nested/']);
  });

  it('marks a name that is not UTF-8', async () => {
    const work = await fixture();
    writeFileSync(
      Buffer.concat([Buffer.from(`${work.workTree}/`), Buffer.from([0x66, 0xff])]),
      'x',
    );
    const found = await collectChanges(work);
    expect(found.changes).toMatchObject([{ status: 'added', utf8: false }]);
  });

  it('stops with too_large before it stores a huge file', async () => {
    const work = await fixture();
    writeFileSync(work.in('huge'), Buffer.alloc(3000));
    await expect(collectChanges({ ...work, maxBytes: 2000 })).rejects.toMatchObject({
      code: 'too_large',
    });
    expect(readFileSync(work.in('huge')).length).toBe(3000);
  });
});
