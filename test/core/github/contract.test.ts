import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGithubApp } from '../../../core/github/app-client.ts';
import { githubFailure } from '../../../core/github/failure.ts';
import { createGithub } from '../../../core/github/octokit.ts';
import { branchSha, resolveRepository } from '../../../core/github/repository.ts';
import { startGithubStandin } from '../../../local/standin/github/github-standin.ts';

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const permissions = {
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
  metadata: 'read',
} as const;
const secret = 'hook-secret';
const at = { owner: 'acme', repo: 'web' };

type World = {
  url: string;
  appId: number;
  privateKey: string;
  installationId: number;
  close: () => Promise<void>;
};

async function startStandin(webhookUrl: string): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cody-contract-'));
  const standin = await startGithubStandin({ dataDir, webhookUrl });
  standin.seed.user({ login: 'requester' });
  standin.seed.organization({ login: 'acme', members: [{ login: 'requester', role: 'admin' }] });
  await standin.seed.repository({
    owner: 'acme',
    name: 'web',
    private: true,
    files: { 'README.md': 'web\n' },
  });
  const app = standin.seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions,
    events: ['issues', 'issue_comment'],
    webhookSecret: secret,
  });
  const installation = await standin.seed.installation({ account: 'acme', repositories: 'all' });
  return {
    url: standin.url,
    ...app,
    installationId: installation.id,
    close: async () => {
      await standin.settled();
      await standin.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Written by others: an opinion on GitHub that does not share our misunderstandings. */
async function startEmulate(webhookUrl: string): Promise<World> {
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      github: {
        users: [{ login: 'requester' }],
        orgs: [{ login: 'acme', members: [{ login: 'requester', role: 'admin' }] }],
        repos: [{ owner: 'acme', name: 'web', auto_init: true, private: true }],
        apps: [
          {
            app_id: 12345,
            slug: 'cody',
            name: 'Cody',
            permissions: { ...permissions },
            events: ['issues', 'issue_comment'],
            webhook_url: webhookUrl,
            webhook_secret: secret,
            installations: [{ installation_id: 100, account: 'acme', repository_selection: 'all' }],
          },
        ],
      },
    },
  });
  const privateKey = emulator.generatedSecrets?.[0]?.value ?? '';
  return {
    url: emulator.url,
    appId: 12345,
    privateKey,
    installationId: 100,
    close: () => emulator.close(),
  };
}

type Delivered = { headers: Record<string, unknown>; body: Buffer };

async function startReceiver() {
  const delivered: Delivered[] = [];
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      delivered.push({ headers: request.headers, body: Buffer.concat(chunks) });
      http.emit('delivered');
      response.writeHead(202).end();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  return {
    url: `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/`,
    async event(name: string): Promise<Delivered> {
      for (;;) {
        const found = delivered.find((one) => one.headers['x-github-event'] === name);
        if (found) return found;
        await once(http, 'delivered');
      }
    },
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
}

function gitSha(type: string, content: Buffer): string {
  return createHash('sha1')
    .update(`${type} ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}

function treeEntry(mode: string, path: string, sha: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${path}\0`), Buffer.from(sha, 'hex')]);
}

describe.each([
  { name: 'our stand-in', start: startStandin },
  { name: 'emulate', start: startEmulate },
])('GitHub as $name has it', ({ start }) => {
  let world: World;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    receiver = await startReceiver();
    world = await start(receiver.url);
  });
  afterAll(async () => {
    await world.close();
    receiver.close();
  });

  const app = () =>
    createGithubApp({
      appId: world.appId,
      privateKey: world.privateKey,
      baseUrl: world.url,
      log,
      retryDelayMs: 1,
    });
  const installed = async () => {
    const { token } = await app().installationToken({
      installationId: world.installationId,
      permissions,
    });
    return createGithub({ baseUrl: world.url, token, log, pacing: 0, retryDelayMs: 1 });
  };

  it('signs in as the App and finds its installation', async () => {
    const { data } = await app().app().rest.apps.getAuthenticated();
    expect(data).toMatchObject({ id: world.appId, slug: 'cody' });
    expect(await app().installationOf({ owner: 'acme', name: 'web' })).toMatchObject({
      installationId: world.installationId,
      account: 'acme',
      suspended: false,
    });
    expect(await app().installationOf({ owner: 'acme', name: 'unknown' })).toBeUndefined();
  });

  it('mints a token for one repository with fewer permissions, and holds it to them', async () => {
    const github = await installed();
    const found = await resolveRepository(github, { owner: 'acme', name: 'web' });
    const narrow = await app().installationToken({
      installationId: world.installationId,
      repositoryIds: [found?.repository.id ?? 0],
      permissions: { contents: 'read', metadata: 'read' },
    });
    expect(narrow.permissions).toMatchObject({ contents: 'read' });
    expect(narrow.permissions).not.toHaveProperty('issues');
    expect(Date.parse(narrow.expiresAt)).toBeGreaterThan(Date.now());
    const reader = createGithub({
      baseUrl: world.url,
      token: narrow.token,
      log,
      pacing: 0,
      retryDelayMs: 1,
    });
    expect((await reader.rest.repos.get(at)).data.full_name).toBe('acme/web');
    const refused: unknown = await reader.rest.git
      .createBlob({ ...at, content: 'x' })
      .catch((error: unknown) => githubFailure(error));
    expect(refused).toMatchObject({ code: 'github_forbidden' });
  });

  it('shows a repository, its head, and what is missing', async () => {
    const github = await installed();
    const found = await resolveRepository(github, { owner: 'acme', name: 'web' });
    expect(found).toMatchObject({
      repository: { owner: 'acme', name: 'web', private: true },
      default_branch: 'main',
      archived: false,
      empty: false,
      default_sha: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    const repository = { owner: 'acme', name: 'web' };
    expect(await branchSha(github, { repository, branch: 'main' })).toBe(found?.default_sha);
    expect(await branchSha(github, { repository, branch: 'cody/none' })).toBeUndefined();
  });

  it('takes a comment, lets us edit it, and sends signed events', async () => {
    const github = await installed();
    const { data: issue } = await github.rest.issues.create({ ...at, title: 'Broken' });
    const { data: comment } = await github.rest.issues.createComment({
      ...at,
      issue_number: issue.number,
      body: 'one',
    });
    await github.rest.issues.updateComment({ ...at, comment_id: comment.id, body: 'two' });
    const comments = await github.paginate(github.rest.issues.listComments, {
      ...at,
      issue_number: issue.number,
    });
    expect(comments.map((one) => [one.body, one.user?.login, one.user?.type])).toEqual([
      ['two', 'cody[bot]', 'Bot'],
    ]);
    const { headers, body } = await receiver.event('issue_comment');
    const digest = createHmac('sha256', secret).update(body).digest('hex');
    expect(headers['x-hub-signature-256']).toBe(`sha256=${digest}`);
  });

  it('makes blob, tree, commit and ref with the shas that git gives them', async () => {
    const github = await installed();
    const base = await branchSha(github, {
      repository: { owner: 'acme', name: 'web' },
      branch: 'main',
    });
    const bytes = Buffer.from([0, 255, 10, 13]);
    const { data: blob } = await github.rest.git.createBlob({
      ...at,
      content: bytes.toString('base64'),
      encoding: 'base64',
    });
    expect(blob.sha).toBe(gitSha('blob', bytes));
    const { data: tree } = await github.rest.git.createTree({
      ...at,
      tree: [
        { path: 'a.txt', mode: '100755', type: 'blob', content: 'text\r\n' },
        { path: 'b.bin', mode: '100644', type: 'blob', sha: blob.sha },
      ],
    });
    const entries = [
      treeEntry('100755', 'a.txt', gitSha('blob', Buffer.from('text\r\n'))),
      treeEntry('100644', 'b.bin', blob.sha),
    ];
    expect(tree.sha).toBe(gitSha('tree', Buffer.concat(entries)));
    const { data: commit } = await github.rest.git.createCommit({
      ...at,
      message: 'Change',
      tree: tree.sha,
      parents: [base ?? ''],
    });
    await github.rest.git.createRef({ ...at, ref: 'refs/heads/cody/one', sha: commit.sha });
    const again: unknown = await github.rest.git
      .createRef({ ...at, ref: 'refs/heads/cody/one', sha: commit.sha })
      .catch((error: unknown) => githubFailure(error));
    expect(again).toMatchObject({ code: 'branch_taken' });
  });

  it('keeps one check run that is created and completed', async () => {
    const github = await installed();
    const head_sha =
      (await branchSha(github, { repository: { owner: 'acme', name: 'web' }, branch: 'main' })) ??
      '';
    const { data: run } = await github.rest.checks.create({
      ...at,
      name: 'Cody',
      head_sha,
      external_id: 'job-1',
      status: 'in_progress',
    });
    await github.rest.checks.update({
      ...at,
      check_run_id: Number(run.id),
      status: 'completed',
      conclusion: 'neutral',
      output: { title: 'Done', summary: 'All of it' },
    });
    const runs = await github.paginate(github.rest.checks.listForRef, {
      ...at,
      ref: head_sha,
      check_name: 'Cody',
    });
    expect(runs).toMatchObject([
      { id: run.id, status: 'completed', conclusion: 'neutral', external_id: 'job-1' },
    ]);
  });
});
