import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { checkedOut, createOrigin, listening, personGit, temporaryFolder } from './repository.ts';

/** Writes a commit whose root tree holds these entries, as no command of git would. */
function crooked(
  bare: string,
  entries: readonly (readonly [mode: string, name: string, sha: string])[],
) {
  const put = (type: string, bytes: Buffer) => {
    const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin'];
    return String(spawnSync('git', args, { cwd: bare, input: bytes }).stdout).trim();
  };
  const tree = Buffer.concat(
    entries.map(([mode, name, sha]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]),
    ),
  );
  const who = 'person <person@example.com> 1700000000 +0000';
  const text = `tree ${put('tree', tree)}\nauthor ${who}\ncommitter ${who}\n\nstate\n`;
  return { commit: put('commit', Buffer.from(text)), tree: put('tree', tree) };
}

describe('what is fetched', () => {
  it.each([
    ['a folder .git', [['40000', '.git']]],
    ['a folder .GIT', [['40000', '.GIT']]],
    [
      'a name twice',
      [
        ['100644', 'a'],
        ['100644', 'a'],
      ],
    ],
    ['a mode with a zero before it', [['0100644', 'a']]],
    ['the folder above', [['40000', '..']]],
    ['a slash in a name', [['100644', 'a/b']]],
  ] as const)('is refused when it holds %s', async (_, entries) => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    origin.commit();
    const bare = join(origin.serverUrl.slice(7), 'acme/web.git');
    const blob = personGit(bare, 'rev-parse', 'main:a');
    const tree = personGit(bare, 'rev-parse', 'main^{tree}');
    const { commit } = crooked(
      bare,
      entries.map(([mode, name]) => [mode, name, mode === '40000' ? tree : blob] as const),
    );
    personGit(bare, 'update-ref', 'refs/heads/main', commit);
    const folder = await temporaryFolder();
    const place = { gitDir: join(folder, 'git'), workTree: join(folder, 'tree') };
    await expect(checkedOut(origin, commit, place)).rejects.toMatchObject({
      code: 'github_rejected',
    });
    expect(readdirSync(place.workTree)).toEqual([]);
  });

  it('ends when it holds more files than can be listed, though it is small', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    origin.commit();
    const bare = join(origin.serverUrl.slice(7), 'acme/web.git');
    let inner = personGit(bare, 'rev-parse', 'main^{tree}');
    let made = { commit: '', tree: inner };
    // Forty to the power of eight files in eight trees.
    for (let level = 0; level < 8; level += 1) {
      const names = Array.from({ length: 40 }, (__, at) => `d${String(at).padStart(2, '0')}`);
      made = crooked(
        bare,
        names.map((name) => ['40000', name, inner] as const),
      );
      inner = made.tree;
    }
    personGit(bare, 'update-ref', 'refs/heads/main', made.commit);
    await expect(checkedOut(origin, made.commit)).rejects.toMatchObject({ code: 'too_large' });
  });

  it('ends with too_large when it has folders in more than a hundred folders', async () => {
    const origin = await createOrigin();
    const deep = (levels: number) => {
      const folder = join(origin.source, ...Array.from({ length: levels }, () => 'd'));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'a'), 'a');
    };
    deep(99);
    expect((await checkedOut(origin, origin.commit())).checkout.files).toBe(1);
    deep(100);
    await expect(checkedOut(origin, origin.commit())).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('in more than 100 folders'),
    });
  });

  it('ends with too_large when a server takes longer than a fetch may', async () => {
    const serverUrl = await listening(() => undefined);
    const limits = { maxBytes: 1000, maxFiles: 10, timeoutMs: 300 };
    const origin = { serverUrl, source: '', commit: () => '' };
    await expect(checkedOut(origin, '1'.repeat(40), { limits })).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  it('brings no submodule, whatever .gitmodules asks for', async () => {
    const origin = await createOrigin();
    const marker = join(await temporaryFolder(), 'marker');
    writeFileSync(join(origin.source, 'a'), 'a');
    const first = origin.commit();
    const section = `[submodule "x"]\n\tpath = x\n\turl = ext::touch% ${marker}\n\tupdate = !touch ${marker}\n`;
    writeFileSync(join(origin.source, '.gitmodules'), section.replace(/\tupdate.*\n/, ''));
    mkdirSync(join(origin.source, 'x'));
    personGit(origin.source, 'update-index', '--add', '--cacheinfo', `160000,${first},x`);
    const { workTree, gitDir, baseSha } = await checkedOut(origin, origin.commit());
    expect(readdirSync(join(workTree, 'x'))).toEqual([]);
    expect(existsSync(join(gitDir, 'modules'))).toBe(false);
    writeFileSync(join(workTree, '.gitmodules'), section);
    expect((await collectChanges({ gitDir, workTree, baseSha })).changes).toHaveLength(1);
    expect(existsSync(marker)).toBe(false);
  });
});
