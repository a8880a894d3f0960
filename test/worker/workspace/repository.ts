import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Checkout,
  type CheckoutOptions,
  checkout,
} from '../../../worker/workspace/checkout.ts';

/** Runs the git of a person, not ours, and returns its output without the last line break. */
export function personGit(cwd: string, ...args: string[]): string {
  const result = spawnSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'person',
      GIT_AUTHOR_EMAIL: 'person@example.com',
      GIT_COMMITTER_NAME: 'person',
      GIT_COMMITTER_EMAIL: 'person@example.com',
    },
  });
  if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.replace(/\n$/, '');
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cody-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export type Origin = { serverUrl: string; source: string; commit: () => string };

/** A server folder with the repository acme/web, which the test fills before it calls `commit`. */
export async function createOrigin(): Promise<Origin> {
  const folder = await temporaryFolder();
  const source = join(folder, 'source');
  const bare = join(folder, 'server', 'acme', 'web.git');
  personGit(folder, 'init', '--quiet', '-b', 'main', source);
  personGit(folder, 'init', '--quiet', '--bare', '-b', 'main', bare);
  personGit(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  return {
    serverUrl: `file://${join(folder, 'server')}`,
    source,
    commit() {
      personGit(source, 'add', '-A');
      personGit(source, 'commit', '--quiet', '--allow-empty', '-m', 'state');
      personGit(source, 'push', '--quiet', '--force', bare, 'HEAD:main');
      return personGit(source, 'rev-parse', 'HEAD');
    },
  };
}

export type Workspace = { gitDir: string; workTree: string; baseSha: string; checkout: Checkout };

/** Checks the commit out into a new folder. */
export async function checkedOut(
  origin: Origin,
  sha: string,
  changed: Partial<CheckoutOptions> = {},
): Promise<Workspace> {
  const folder = await temporaryFolder();
  const place = { gitDir: join(folder, 'git'), workTree: join(folder, 'tree') };
  const done = await checkout({
    serverUrl: origin.serverUrl,
    repository: { owner: 'acme', name: 'web' },
    sha,
    ...place,
    limits: { maxBytes: 50 * 1024 * 1024, maxFiles: 20_000, timeoutMs: 30_000 },
    ...changed,
  });
  return { ...place, baseSha: sha, checkout: done };
}

/** A server on this machine, until the end of the test; returns its address. */
export async function listening(listener: RequestListener): Promise<string> {
  const http = createServer(listener);
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
}
