import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Iteration, Job } from '../../../core/job.ts';
import { createRedactor } from '../../../core/redact.ts';
import type { WorkerDeps } from '../../../worker/job/deps.ts';
import type { Development } from '../../../worker/job/development.ts';
import { iterationPhase } from '../../../worker/job/iteration-phase.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';
import { createScene, type Scene, silentLog } from '../publish/scene.ts';
import { personGit } from '../workspace/repository.ts';

let scene: Scene;
let pull: Awaited<ReturnType<typeof openPull>>;
beforeAll(async () => {
  scene = await createScene();
  pull = await openPull();
});
afterAll(() => scene.close());

/** A pull request of ours, and a base that has moved on since. */
async function openPull() {
  const work = await scene.work('moving');
  writeFileSync(work.at('first.txt'), 'first\n');
  const opened = await work.publish();
  if (opened.type !== 'pull_request') throw new Error(opened.type);
  const tree = personGit(work.bare, 'rev-parse', 'main^{tree}');
  const base = personGit(work.bare, 'commit-tree', tree, '-p', work.sha, '-m', 'Move on');
  personGit(work.bare, 'update-ref', 'refs/heads/main', base);
  return { work, base, head: opened.commit_sha, number: opened.pull_request.number };
}

/** Where the work of a job starts after the phase. */
async function startOf(
  job: Pick<Job, 'fence' | 'base_sha'>,
  asked: Readonly<{ replaces?: boolean; entries?: number }>,
) {
  const { work, head, number } = pull;
  const { token } = await scene.githubApp.installationToken({
    installationId: scene.installation.id,
    permissions: { contents: 'read', pull_requests: 'read', checks: 'read', issues: 'read' },
  });
  const { job: given } = await work.input();
  const request = exampleRequest();
  const iteration: Iteration = { pull_request: number, own: true, trusted_sha: work.sha };
  let current: Job = {
    ...exampleJobs(request)[0]!,
    ...job,
    repository: given.repository,
    base_branch: 'main',
    iteration: asked.replaces ? { ...iteration, replaces: head } : iteration,
  };
  const entries = Array.from({ length: asked.entries ?? 0 });
  const deps = {
    config: { githubApiUrl: scene.standin.url, times: { CODY_GITHUB_TIMEOUT_MS: 10_000 } },
    broker: { token: async () => ({ token, owner: 'acme', name: 'moving', permissions: {} }) },
    bucket: { get: async () => Buffer.from('{}') },
    requests: { linksOf: async () => [], ofThread: async () => [] },
    redactor: createRedactor([]),
    journalOf: () => ({ read: async () => entries }),
    log: silentLog,
  } as unknown as WorkerDeps;
  const lease = {
    job: () => current,
    signal: new AbortController().signal,
    record: async (change: Partial<Job>) => (current = { ...current, ...change }),
  };
  await iterationPhase(deps, { lease, request, folders: {} } as unknown as Development);
  return current.base_sha;
}

describe('a second attempt', () => {
  it('starts at the present base when the first one ended before it had found that', async () => {
    const job = { fence: 4, base_sha: pull.head };
    expect(await startOf(job, { replaces: true })).toBe(pull.base);
  });

  it('starts at the present head when no agent had begun', async () => {
    expect(await startOf({ fence: 4, base_sha: pull.work.sha }, {})).toBe(pull.head);
  });

  it('stays where its agent had begun', async () => {
    const job = { fence: 4, base_sha: pull.work.sha };
    expect(await startOf(job, { entries: 1 })).toBe(pull.work.sha);
    expect(await startOf(job, { entries: 1, replaces: true })).toBe(pull.work.sha);
  });
});
