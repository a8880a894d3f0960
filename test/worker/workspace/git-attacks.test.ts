import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { git } from '../../../worker/workspace/git.ts';
import { checkedOut, createOrigin, listening, personGit, temporaryFolder } from './repository.ts';

/*
 * Attacks on git by its own means, with real git. Where a person's git falls for one, that is shown beside it.
 */

afterEach(() => {
  vi.unstubAllEnvs();
});

async function workspace(files: Readonly<Record<string, string>> = { a: 'a\n' }) {
  const origin = await createOrigin();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(origin.source, name), text);
  const work = await checkedOut(origin, origin.commit());
  const marker = join(await temporaryFolder(), 'marker');
  return { ...work, origin, marker };
}

/** Settings of the git directory, as somebody would have them who could write there. */
function poison(gitDir: string, section: string, lines: readonly string[]): void {
  const file = join(gitDir, 'config');
  const text = `[${section}]\n${lines.map((line) => `\t${line}\n`).join('')}`;
  writeFileSync(file, readFileSync(file, 'utf8') + text);
}

describe('fixed settings', () => {
  it.each([
    ['core.bare', 'true', 'false'],
    ['core.fsmonitor', 'touch x', 'false'],
    ['core.untrackedCache', 'true', 'false'],
    ['core.hooksPath', '/tmp/hooks', '/dev/null'],
    ['core.sshCommand', 'touch x', 'false'],
    ['core.attributesFile', '/tmp/attributes', '/dev/null'],
    ['core.excludesFile', '/tmp/excludes', '/dev/null'],
    ['core.autocrlf', 'true', 'false'],
    ['core.safecrlf', 'true', 'false'],
    ['core.symlinks', 'false', 'true'],
    ['core.fileMode', 'false', 'true'],
    ['core.ignoreCase', 'true', 'false'],
    ['core.quotePath', 'true', 'false'],
    ['diff.ignoreSubmodules', 'none', 'all'],
    ['fetch.recurseSubmodules', 'true', 'false'],
    ['gc.auto', '1', '0'],
    ['maintenance.auto', 'true', 'false'],
    ['protocol.allow', 'always', 'never'],
    ['safe.bareRepository', 'all', 'explicit'],
    ['submodule.recurse', 'true', 'false'],
    ['transfer.bundleURI', 'true', 'false'],
    ['transfer.fsckObjects', 'false', 'true'],
  ])('%s stands above the git directory, which says %s', async (key, evil, ours) => {
    const folder = await temporaryFolder();
    personGit(folder, 'init', '--quiet', '--bare', '.');
    personGit(folder, 'config', key, evil);
    expect(String(await git({ gitDir: folder }, ['config', '--get', key])).trim()).toBe(ours);
  });

  it('take nothing from the environment of this process', async () => {
    const { gitDir, workTree, baseSha, marker } = await workspace();
    for (const name of ['GIT_EXTERNAL_DIFF', 'GIT_SSH_COMMAND', 'GIT_ASKPASS', 'GIT_PAGER'])
      vi.stubEnv(name, `touch ${marker}`);
    vi.stubEnv('GIT_DIR', '/nonexistent');
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'core.fsmonitor');
    vi.stubEnv('GIT_CONFIG_VALUE_0', `touch ${marker}`);
    writeFileSync(join(workTree, 'a'), 'b\n');
    expect((await collectChanges({ gitDir, workTree, baseSha })).changes).toHaveLength(1);
    expect(existsSync(marker)).toBe(false);
  });
});

describe('programs that git would start', () => {
  it('are no hooks, monitors, filters, diffs or converters, whoever configured them', async () => {
    const { gitDir, workTree, baseSha, marker } = await workspace();
    const evil = `touch ${marker};`;
    poison(gitDir, 'core', [`fsmonitor = ${evil}`, `pager = ${evil}`, `editor = ${evil}`]);
    poison(gitDir, 'diff', [`external = ${evil}`]);
    poison(gitDir, 'diff "x"', [`command = ${evil}`, `textconv = ${evil}`]);
    poison(gitDir, 'filter "x"', [`clean = ${evil}`, `smudge = ${evil}`, 'required = true']);
    mkdirSync(join(gitDir, 'hooks'), { recursive: true });
    for (const name of ['post-checkout', 'post-index-change', 'reference-transaction']) {
      writeFileSync(join(gitDir, 'hooks', name), `#!/bin/sh\n${evil}\n`);
      chmodSync(join(gitDir, 'hooks', name), 0o755);
    }
    writeFileSync(join(workTree, '.gitattributes'), '* filter=x diff=x\n');
    writeFileSync(join(workTree, 'a'), 'b\n');
    const { changes } = await collectChanges({ gitDir, workTree, baseSha });
    await git({ gitDir, workTree }, ['read-tree', '--reset', '-u', baseSha]);
    await git({ gitDir }, ['update-ref', 'refs/heads/x', baseSha]);
    expect(changes.map(({ path }) => path)).toEqual(['.gitattributes', 'a']);
    expect(existsSync(marker)).toBe(false);
    personGit(gitDir, '--git-dir', gitDir, 'update-ref', 'refs/heads/y', baseSha);
    expect(existsSync(marker)).toBe(true);
  });

  it('are no transports but the one to the server', async () => {
    const { gitDir, marker } = await workspace();
    poison(gitDir, 'core', [`sshCommand = touch ${marker};`, `gitProxy = touch ${marker};`]);
    for (const [name, url] of [
      ['ext', `ext::sh -c touch% ${marker}`],
      ['ssh', 'ssh://127.0.0.1:1/x'],
      ['file', '/tmp'],
      ['fd', 'fd::3'],
      ['git', 'git://127.0.0.1:1/x'],
      ['http', 'http://127.0.0.1:1/x'],
    ])
      await expect(git({ gitDir }, ['fetch', String(url)]), name).rejects.toMatchObject({
        stderr: expect.stringContaining(`transport '${name}' not allowed`),
      });
    expect(existsSync(marker)).toBe(false);
  });

  it('are no helpers for credentials, and nobody is asked', async () => {
    const serverUrl = await listening((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    const { gitDir, marker } = await workspace();
    poison(gitDir, 'credential', [`helper = "!touch ${marker};"`]);
    poison(gitDir, 'core', [`askPass = touch ${marker};`]);
    const call = { remote: { serverUrl, token: 'the-token' } };
    await expect(git({ gitDir }, ['fetch', `${serverUrl}/x.git`], call)).rejects.toMatchObject({
      stderr: expect.stringMatching(/could not read Username|Authentication failed/),
    });
    expect(existsSync(marker)).toBe(false);
  });
});

describe('a token', () => {
  it('follows no redirect', async () => {
    const elsewhere: string[] = [];
    const other = await listening((request, response) => {
      elsewhere.push(request.url ?? '');
      response.writeHead(404).end();
    });
    const serverUrl = await listening((request, response) => {
      response.writeHead(302, { location: `${other}${request.url ?? ''}` }).end();
    });
    const origin = { serverUrl, source: '', commit: () => '' };
    const fetched = checkedOut(origin, '1'.repeat(40), { token: 'the-token' });
    await expect(fetched).rejects.toMatchObject({ name: expect.stringMatching(/Error$/) });
    expect(elsewhere).toEqual([]);
  });

  it('is for one host: another one, named by settings of the git directory, gets none', async () => {
    const seen: (string | undefined)[] = [];
    const other = await listening((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    const { gitDir } = await workspace();
    const serverUrl = 'http://127.0.0.1:1';
    poison(gitDir, `url "${other}/"`, [`insteadOf = ${serverUrl}/`]);
    const call = { remote: { serverUrl, token: 'the-token' } };
    await expect(git({ gitDir }, ['fetch', `${serverUrl}/x.git`], call)).rejects.toThrow('fetch');
    expect(seen).toEqual([undefined]);
  });
});

describe('names', () => {
  it('of a commit are shas only', async () => {
    const { origin } = await workspace();
    const good = personGit(origin.source, 'rev-parse', 'HEAD');
    const bad = ['--output=pwned', '--upload-pack=touch pwned', 'HEAD', 'main:x', 'a'.repeat(39)];
    for (const sha of bad)
      for (const asked of [{ sha }, { besides: sha }])
        await expect(checkedOut(origin, good, asked), sha).rejects.toThrow(
          'A commit is named by its sha',
        );
  });

  it('of files are never options or patterns', async () => {
    const odd = ['--force', '-z', '--stdin', ':(top)a', '*', '@{0}', 'a b\nc', '--index-info'];
    const { gitDir, workTree, baseSha } = await workspace();
    for (const name of odd) writeFileSync(join(workTree, name), 'x\n');
    const { changes } = await collectChanges({ gitDir, workTree, baseSha });
    expect(changes.map(({ path }) => path).toSorted()).toEqual(odd.toSorted());
    expect(changes.every(({ status }) => status === 'added')).toBe(true);
  });

  it('of an object do not lead to another one', async () => {
    const { gitDir, workTree, baseSha } = await workspace();
    const good = personGit(gitDir, '--git-dir', gitDir, 'rev-parse', `${baseSha}:a`);
    writeFileSync(join(workTree, 'evil'), 'evil\n');
    const evil = personGit(workTree, '--git-dir', gitDir, 'hash-object', '-w', 'evil');
    mkdirSync(join(gitDir, 'refs', 'replace'), { recursive: true });
    writeFileSync(join(gitDir, 'refs', 'replace', good), `${evil}\n`);
    expect(personGit(gitDir, '--git-dir', gitDir, 'cat-file', 'blob', good)).toBe('evil');
    expect(String(await git({ gitDir }, ['cat-file', 'blob', good]))).toBe('a\n');
  });
});
