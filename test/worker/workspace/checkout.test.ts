import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedOut, createOrigin, personGit } from './repository.ts';

describe('checkout', () => {
  it('writes files, modes and links as they are stored, whatever .gitattributes says', async () => {
    const origin = await createOrigin();
    const at = (name: string) => join(origin.source, name);
    writeFileSync(at('unix.txt'), 'a\nb\n');
    writeFileSync(at('id.txt'), '$Id$\n');
    writeFileSync(at('run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('unix.txt', at('link'));
    writeFileSync(at('pointer.bin'), 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n');
    personGit(origin.source, 'add', '-A');
    writeFileSync(
      at('.gitattributes'),
      '*.txt text eol=crlf ident\n*.bin filter=lfs\nunix.txt working-tree-encoding=UTF-16LE\n',
    );
    personGit(origin.source, 'add', '.gitattributes');
    personGit(origin.source, 'commit', '--quiet', '-m', 'state');
    personGit(
      origin.source,
      'push',
      '--quiet',
      join(origin.serverUrl.slice(7), 'acme/web.git'),
      'HEAD:main',
    );
    const sha = personGit(origin.source, 'rev-parse', 'HEAD');

    const { gitDir, workTree, checkout } = await checkedOut(origin, sha);

    expect(readFileSync(join(workTree, 'unix.txt'), 'utf8')).toBe('a\nb\n');
    expect(readFileSync(join(workTree, 'id.txt'), 'utf8')).toBe('$Id$\n');
    expect(readFileSync(join(workTree, 'pointer.bin'), 'utf8')).toContain('git-lfs');
    expect(lstatSync(join(workTree, 'run.sh')).mode & 0o111).toBe(0o111);
    expect(readlinkSync(join(workTree, 'link'))).toBe('unix.txt');
    expect(existsSync(join(workTree, '.git'))).toBe(false);
    expect(checkout.files).toBe(6);
    expect(personGit(gitDir, 'write-tree')).toBe(
      personGit(origin.source, 'rev-parse', 'HEAD^{tree}'),
    );
  });

  it('keeps what it fetches in a pack, whose size is watched', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    const { gitDir } = await checkedOut(origin, origin.commit());
    const packs = readdirSync(join(gitDir, 'objects', 'pack'));
    expect(packs.filter((name) => name.endsWith('.pack'))).toHaveLength(1);
  });

  it('leaves submodules as empty folders', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    const first = origin.commit();
    personGit(origin.source, 'update-index', '--add', '--cacheinfo', `160000,${first},sub`);
    personGit(origin.source, 'commit', '--quiet', '-m', 'submodule');
    personGit(
      origin.source,
      'push',
      '--quiet',
      join(origin.serverUrl.slice(7), 'acme/web.git'),
      'HEAD:main',
    );
    const { workTree } = await checkedOut(origin, personGit(origin.source, 'rev-parse', 'HEAD'));
    expect(readdirSync(join(workTree, 'sub'))).toEqual([]);
  });

  it('fetches an old commit by its sha and brings no history', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'one');
    origin.commit();
    writeFileSync(join(origin.source, 'a'), 'two');
    const wanted = origin.commit();
    writeFileSync(join(origin.source, 'a'), 'three');
    origin.commit();
    const { workTree, gitDir } = await checkedOut(origin, wanted);
    expect(readFileSync(join(workTree, 'a'), 'utf8')).toBe('two');
    expect(personGit(gitDir, 'rev-list', '--count', wanted)).toBe('1');
  });

  it('stops with too_large when files take more than the limit', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'x'.repeat(5000));
    const sha = origin.commit();
    const limits = { maxBytes: 4000, maxFiles: 10, timeoutMs: 10_000 };
    await expect(checkedOut(origin, sha, { limits })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('stops with too_large when the pack grows over the limit', async () => {
    const origin = await createOrigin();
    for (let at = 0; at < 6; at += 1)
      writeFileSync(join(origin.source, `f${String(at)}`), randomBytes(1 << 20));
    const sha = origin.commit();
    const limits = { maxBytes: 1 << 20, maxFiles: 10, timeoutMs: 10_000 };
    await expect(checkedOut(origin, sha, { limits })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('stops with too_large when there are more files than the limit', async () => {
    const origin = await createOrigin();
    for (const name of ['a', 'b', 'c']) writeFileSync(join(origin.source, name), name);
    const sha = origin.commit();
    const limits = { maxBytes: 4000, maxFiles: 2, timeoutMs: 10_000 };
    await expect(checkedOut(origin, sha, { limits })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('names a repository that is gone and a commit that is gone', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    const sha = origin.commit();
    await expect(
      checkedOut(origin, sha, { repository: { owner: 'acme', name: 'other' } }),
    ).rejects.toMatchObject({ code: 'repository_gone' });
    await expect(checkedOut(origin, '1'.repeat(40))).rejects.toMatchObject({
      code: 'base_branch_missing',
    });
  });

  it('refuses a server that is neither https nor on this machine', async () => {
    const origin = await createOrigin();
    mkdirSync(join(origin.source, 'x'));
    const sha = origin.commit();
    for (const serverUrl of ['http://example.com', 'ssh://example.com', 'ext::sh'])
      await expect(checkedOut(origin, sha, { serverUrl })).rejects.toThrow(
        'must be reached over https',
      );
  });

  it('stops at once when its signal is aborted', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    const sha = origin.commit();
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(checkedOut(origin, sha, { signal })).rejects.toThrow('cancelled');
  });
});
