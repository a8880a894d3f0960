import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGithubApp } from '../../../core/github/app-client.ts';
import { type Github, createGithub } from '../../../core/github/octokit.ts';
import { createRedactor } from '../../../core/redact.ts';
import { startGithubStandin } from '../../../local/standin/github/github-standin.ts';
import type { SeedRepository } from '../../../local/standin/github/seed.ts';
import { checkout } from '../../../worker/workspace/checkout.ts';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { type PublishDeps, type PublishInput, publish } from '../../../worker/publish/publish.ts';
import type { PublishRecord } from '../../../worker/publish/step.ts';

export const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const permissions = {
  contents: 'write',
  pull_requests: 'write',
  checks: 'write',
  issues: 'write',
} as const;

export type Scene = Awaited<ReturnType<typeof createScene>>;

/** A GitHub with the App installed for acme, and a way to work on fresh repositories of it. */
export async function createScene(
  granted: Readonly<Record<string, 'read' | 'write'>> = permissions,
) {
  const folder = await mkdtemp(join(tmpdir(), 'cody-publish-'));
  const standin = await startGithubStandin({
    dataDir: join(folder, 'github'),
    // A test does in a second what a worker does in many minutes.
    minuteMs: 1_000,
  });
  const requester = { login: 'requester', id: standin.seed.user({ login: 'requester' }).id };
  standin.seed.user({ login: 'outsider' });
  standin.seed.organization({ login: 'acme' });
  const app = standin.seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions: granted,
    events: [],
    webhookSecret: 'hook',
  });
  const installation = await standin.seed.installation({ account: 'acme', repositories: 'all' });
  const githubApp = createGithubApp({
    appId: app.appId,
    privateKey: app.privateKey,
    baseUrl: standin.url,
    log: silentLog,
    retryDelayMs: 1,
  });

  /** Seeds acme/<name>, checks it out over HTTP and hands over what publishing needs. */
  async function work(name: string, seed: Partial<SeedRepository> = {}) {
    const repository = await standin.seed.repository({
      owner: 'acme',
      name,
      private: true,
      files: { 'readme.md': 'hello\n', 'src/old.txt': 'old\n' },
      collaborators: { requester: 'write' },
      ...seed,
    });
    const token = await githubApp.installationToken({
      installationId: installation.id,
      repositoryIds: [repository.id],
      permissions: granted,
    });
    const sha = repository.headSha ?? '';
    const place = { gitDir: join(folder, name, 'git'), workTree: join(folder, name, 'tree') };
    await checkout({
      serverUrl: standin.serverUrl,
      repository: { owner: 'acme', name },
      sha,
      token: token.token,
      ...place,
      limits: { maxBytes: 100 * 1024 * 1024, maxFiles: 10_000, timeoutMs: 30_000 },
    });
    const github = createGithub({
      baseUrl: standin.url,
      token: token.token,
      log: silentLog,
      pacing: 0,
      retryDelayMs: 1,
    });
    const records: PublishRecord[] = [];
    const deps: PublishDeps = {
      github,
      fence: async () => undefined,
      record: async (patch) => {
        records.push(patch);
      },
      log: silentLog,
      retryDelayMs: 1,
      redactor: createRedactor([]),
      serverUrl: standin.serverUrl,
      renderBody: (facts) => `Branch ${facts.branch}\n\n${facts.notes.join('\n')}`,
      renderCheck: (outcome) => ({ title: outcome.type, summary: 'The thread.' }),
    };
    const input = async (): Promise<PublishInput> => ({
      job: {
        id: 'abcdefghjk-1',
        repository: { id: repository.id, owner: 'acme', name, private: true },
        base_branch: 'main',
        base_sha: sha,
      },
      request: {
        id: 'abcdefghjk',
        source: {
          type: 'issue_comment',
          installation_id: installation.id,
          repository: { id: repository.id, owner: 'acme', name, private: true },
          url: `${standin.serverUrl}/acme/${name}/issues/1`,
          issue_number: 1,
          comment_id: 1,
        },
        requester,
        prompt_excerpt: 'Fix the sum',
        open_pull_request: true,
      },
      settings: { labels: [], reviewers: [], paths: [], problems: [] },
      changes: await collectChanges({ ...place, baseSha: sha }),
      title: 'Fix the sum',
      body: 'It was wrong.',
      verification: { status: 'green', commands: [] },
      limited: false,
      permissions: token.permissions,
    });
    return {
      ...place,
      at: (path: string) => join(place.workTree, path),
      bare: repository.dir,
      sha,
      github,
      records,
      deps,
      input,
      publish: async (
        changed: Partial<PublishInput> = {},
        changedDeps: Partial<PublishDeps> = {},
      ) => publish({ ...deps, ...changedDeps }, { ...(await input()), ...changed }),
      found: () => found(github, name),
    };
  }

  return {
    standin,
    requester,
    githubApp,
    installation,
    work,
    close: async () => {
      await standin.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Everything that publishing could have made in a repository. */
async function found(github: Github, repo: string) {
  const at = { owner: 'acme', repo };
  const { data: branches } = await github.rest.git.listMatchingRefs({ ...at, ref: 'heads/cody/' });
  const { data: pulls } = await github.rest.pulls.list({ ...at, state: 'all' });
  const { data: main } = await github.rest.git.getRef({ ...at, ref: 'heads/main' });
  const shas = new Set([...branches.map((branch) => branch.object.sha), main.object.sha]);
  const runs = await Promise.all(
    [...shas].map(async (ref) => {
      const { data } = await github.rest.checks.listForRef({ ...at, ref, filter: 'all' });
      return data.check_runs;
    }),
  );
  return {
    branches: branches.map((branch) => branch.ref),
    pulls,
    checks: runs.flat(),
    main: main.object.sha,
  };
}
