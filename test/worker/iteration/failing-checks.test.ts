import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGithubApp } from '../../../core/github/app-client.ts';
import { createGithub, type Github } from '../../../core/github/octokit.ts';
import { createRedactor } from '../../../core/redact.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../local/standin/github/github-standin.ts';
import { failingChecks } from '../../../worker/iteration/failing-checks.ts';
import { logTail } from '../../../worker/iteration/log-tail.ts';

const repository = { owner: 'acme', name: 'web' };
const secret = 'a-secret-of-the-worker';
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

let standin: GithubStandin;
let dataDir: string;
let github: Github;
let sha: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-checks-'));
  standin = await startGithubStandin({ dataDir, minuteMs: 1_000 });
  standin.seed.organization({ login: 'acme' });
  const made = await standin.seed.repository({ ...repository, files: { 'README.md': 'sums\n' } });
  sha = made.headSha ?? '';
  const permissions = { metadata: 'read', actions: 'read', checks: 'write' } as const;
  const app = standin.seed.app({
    slug: 'lint',
    name: 'Lint',
    permissions,
    events: [],
    webhookSecret: 'hook',
  });
  const { id } = await standin.seed.installation({ account: 'acme', repositories: 'all' });
  const options = { baseUrl: standin.url, log, pacing: 0, retryDelayMs: 1 };
  const { token } = await createGithubApp({ ...options, ...app }).installationToken({
    installationId: id,
    permissions,
  });
  github = createGithub({ ...options, token });
});

afterAll(async () => {
  expect(standin.violations()).toEqual([]);
  await standin.close();
  await rm(dataDir, { recursive: true, force: true });
});

const time = '2026-01-02T03:04:05.1234567Z ';

function read(mayReadLogs = true) {
  const { redact } = createRedactor([secret]);
  return failingChecks({ github, repository, sha, mayReadLogs, redact, log });
}

describe('the checks that fail on a head', () => {
  it('come with the end of their log, without secrets', async () => {
    await standin.endJob({
      ...repository,
      sha,
      job: 'unit',
      conclusion: 'failure',
      log: `\uFEFF${time}Run npm test\n${time}\u001B[31mnot ok\u001B[0m ${secret}\n${time}##[error]exit 1\n`,
    });
    await standin.endJob({ ...repository, sha, job: 'gone', conclusion: 'failure' });
    await standin.endJob({ ...repository, sha, job: 'fine', conclusion: 'success', log: 'ok' });
    const told = await read();
    expect(told.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'gone', title: '', details: '' },
      { name: 'unit', title: '', details: 'Run npm test\nnot ok [redacted]\n##[error]exit 1' },
    ]);
  });

  it('come without it where logs may not be read', async () => {
    expect((await read(false)).map(({ details }) => details)).toEqual(['', '']);
  });

  it('come with what another app says, and its annotations', async () => {
    const annotation = {
      path: 'src/a.ts',
      start_line: 3,
      end_line: 3,
      annotation_level: 'failure' as const,
      message: 'No tabs',
    };
    await github.rest.checks.create({
      owner: repository.owner,
      repo: repository.name,
      name: 'lint',
      head_sha: sha,
      conclusion: 'failure',
      output: { title: 'One problem', summary: 'Found one.', annotations: [annotation] },
    });
    expect((await read()).find(({ name }) => name === 'lint')).toEqual({
      name: 'lint',
      title: 'One problem',
      details: 'Found one.\nsrc/a.ts:3: No tabs',
    });
  });
});

describe('the end of a log', () => {
  it('is what leads to the last error, not the steps that clean up', () => {
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index}`);
    const text = [...lines, '##[error]exit 1', ...lines.slice(0, 50)].join('\n');
    const tail = logTail(Buffer.from(text)).split('\n');
    expect(tail).toHaveLength(150);
    expect(tail.slice(-7)).toEqual(['line 399', '##[error]exit 1', ...lines.slice(0, 5)]);
  });

  it('is its last lines when it names no error', () => {
    expect(logTail(Buffer.from('a\nb\n\n'))).toBe('a\nb');
  });
});
