import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GitError, git } from '../../../worker/workspace/git.ts';
import { checkedOut, createOrigin, personGit, temporaryFolder } from './repository.ts';

describe('git', () => {
  it('sends the token to the server and leaves it in no file, error or argument', async () => {
    const seen: (string | undefined)[] = [];
    const http = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(403).end();
    });
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', () => resolve());
    });
    onTestFinished(() => {
      http.close();
    });
    const address = http.address();
    const serverUrl = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
    const folder = await temporaryFolder();
    const failed: unknown = await checkedOut(
      { serverUrl, source: '', commit: () => '' },
      '1'.repeat(40),
      {
        token: 'the-token',
        gitDir: folder,
      },
    ).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'github_forbidden' });
    const basic = Buffer.from('x-access-token:the-token').toString('base64');
    expect(seen[0]).toBe(`Basic ${basic}`);
    const cause = failed instanceof Error ? failed.cause : undefined;
    expect(cause).toBeInstanceOf(GitError);
    expect(JSON.stringify(cause) + String(cause)).not.toContain('the-token');
    for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const text = readFileSync(join(name.parentPath, name.name), 'latin1');
      expect(text.includes('the-token') || text.includes(basic)).toBe(false);
    }
  });

  it('runs nothing that the work tree configures', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    const work = await checkedOut(origin, origin.commit());
    personGit(work.workTree, 'init', '--quiet');
    const proof = join(work.workTree, 'proof');
    for (const key of ['core.fsmonitor', 'diff.external', 'core.pager', 'filter.x.clean'])
      personGit(work.workTree, 'config', key, `touch ${proof}`);
    mkdirSync(join(work.workTree, '.git/hooks'), { recursive: true });
    writeFileSync(join(work.workTree, '.gitattributes'), '* filter=x diff=x\n');
    writeFileSync(join(work.workTree, 'a'), 'b');
    const output = await git(work, ['diff', '--no-ext-diff', '--no-textconv']);
    expect(String(output)).toContain('+b');
    expect(existsSync(proof)).toBe(false);
  });

  it('reports time-outs and failures with what git said', async () => {
    const folder = await temporaryFolder();
    await expect(
      git({ gitDir: join(folder, 'none') }, ['rev-parse', 'HEAD']),
    ).rejects.toMatchObject({
      name: 'GitError',
      exitCode: 128,
      stderr: expect.stringContaining('not a git repository'),
    });
  });
});
