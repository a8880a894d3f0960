import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import type { Request } from '../../core/request.ts';
import { type CheckScene, openCheckScene } from './support/check-scene.ts';
import { type RunningApp, startRunningApp } from './support/running-app.ts';

let running: RunningApp;
let scene: CheckScene;

beforeAll(async () => {
  running = await startRunningApp();
});
beforeEach(async () => {
  scene = await openCheckScene(running);
});
afterEach(() => {
  expect(running.github.violations()).toEqual([]);
});
afterAll(() => running.close());

async function requests(): Promise<readonly Request[]> {
  const request = await running.requestOf(scene.pull);
  return request ? [request] : [];
}

async function repositoryId(): Promise<number> {
  const item = await running.table.query({ index: 'by_due', partition: 'prompts_check' });
  const heads = item as readonly { repository_id: number; head_sha: string }[];
  return heads.find(({ head_sha }) => head_sha === scene.head)?.repository_id ?? 0;
}

/** Makes a check run of the App, as a worker does, and returns its id. */
async function makeRun(token: string, external_id: string): Promise<number> {
  const answer = await fetch(new URL('/repos/acme/web/check-runs', running.github.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': 'a-worker',
    },
    body: JSON.stringify({
      name: 'Cody',
      head_sha: scene.head,
      external_id,
      conclusion: 'neutral',
    }),
  });
  return ((await answer.json()) as { id: number }).id;
}

/** How many times a check run was written. */
function writes(): number {
  return running.github
    .requests()
    .filter(({ method, path }) => method !== 'GET' && path.includes('/check-runs')).length;
}

describe('the check run with buttons', () => {
  it('stands on the head of a pull request where the file names prompts', async () => {
    expect(await scene.checks()).toMatchObject([
      {
        name: 'Cody prompts',
        status: 'completed',
        conclusion: 'neutral',
        output: { title: 'tests, Docs' },
      },
    ]);
    expect(scene.buttons().map(({ label }) => label)).toEqual(['tests', 'Docs']);
  });

  it('gains a button when a check of another app fails', async () => {
    const [before] = await scene.checks();
    await scene.fail('unit tests');
    expect(scene.buttons().map(({ label }) => label)).toEqual([
      'Fix failing checks',
      'tests',
      'Docs',
    ]);
    expect((await scene.checks()).map(({ id }) => id)).toContain(before?.id);
  });

  it('is made once for events that come together, and not written again for nothing', async () => {
    const before = writes();
    await scene.redeliver('pull_request');
    expect(writes()).toBe(before);
  });
});

describe('a press', () => {
  it('makes a request with its stored prompt, and gives fresh buttons', async () => {
    const [button] = scene.buttons();
    await scene.press('requester', 'tests');
    expect(await requests()).toMatchObject([
      {
        source: { type: 'button', pull_request: scene.pull.number, head_sha: scene.head },
        requester: { login: 'requester' },
        prompt_excerpt: 'Make the tests pass.',
      },
    ]);
    const [check] = await scene.checks();
    expect(check?.output.summary).toContain('requester started request');
    expect(scene.buttons().map(({ identifier }) => identifier)).not.toContain(button?.identifier);
    const comments = await running.comments(scene.pull);
    expect(comments.map(({ body }) => body).join()).toContain('Make the tests pass.');
  });

  it('does nothing more when it is delivered again', async () => {
    await scene.press('requester', 'tests');
    const before = await requests();
    await scene.redeliver('check_run');
    expect(await requests()).toEqual(before);
    expect(await running.comments(scene.pull)).toHaveLength(1);
  });

  it('of somebody else on a used button starts nothing', async () => {
    const { identifier } = scene.button('tests');
    await scene.press('requester', 'tests');
    await scene.forge('writer', { requested_action: { identifier } });
    expect(await running.comments(scene.pull)).toHaveLength(1);
    expect((await scene.checks())[0]?.output.summary).toContain('Somebody else had pressed');
  });

  it('of a reader is refused in the check run', async () => {
    const { identifier } = scene.button('tests');
    await scene.forge('reader', { requested_action: { identifier } });
    expect(await requests()).toEqual([]);
    const [check] = await scene.checks();
    expect(check).toMatchObject({ conclusion: 'neutral' });
    expect(check?.output.summary).toContain('reader pressed a button');
    expect(check?.output.summary).toContain('need write permission');
    expect(await running.comments(scene.pull)).toEqual([]);
    expect(scene.button('tests').identifier).not.toBe(identifier);
  });

  it('on a head that the pull request has left says so', async () => {
    const { identifier } = scene.button('tests');
    await scene.push();
    await scene.forge('requester', { requested_action: { identifier } });
    expect(await requests()).toEqual([]);
    expect((await scene.checksOf(scene.head))[0]?.output.summary).toContain('has newer commits');
  });

  it.each([
    ['on a check run of another app', { check_run: { app: { id: 1 } } }],
    ['by a bot', { sender: { type: 'Bot' } }],
    ['with the identifier of another check run', { check_run: { id: 1 } }],
    ['in another repository', { repository: { id: 1 } }],
  ])('%s is ignored', async (_, change) => {
    const { identifier } = scene.button('tests');
    await scene.forge('requester', { requested_action: { identifier }, ...change });
    expect(await requests()).toEqual([]);
  });

  it('is told what was written since its button was made', async () => {
    const { owner, name, number } = scene.pull;
    const closed = running.issue(owner, name);
    await fetch(new URL(`/repos/${owner}/${name}/pulls/${number}`, running.github.url), {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${running.github.userToken('writer')}`,
        'content-type': 'application/json',
        'user-agent': 'a-person',
      },
      body: JSON.stringify({ body: `Closes #${closed.number}` }),
    });
    // GitHub's times are whole seconds.
    await sleep(1_100);
    await running.comment(closed, 'writer', 'Negative numbers too.');
    await scene.press('requester', 'tests');
    const [request] = await requests();
    const stored = JSON.parse((await running.bucket.get(request!.context)).toString('utf8')) as {
      gathered: { linked: readonly { comments: readonly { text: string }[] }[] };
    };
    expect(stored.gathered.linked[0]?.comments).toMatchObject([{ text: 'Negative numbers too.' }]);
  });

  it('that GitHub keeps from being looked at is told of, and not tried again', async () => {
    const path = /\/pulls\/\d+$/;
    running.github.faults.add({ method: 'GET', path, when: 'before', status: 403 });
    await scene.press('requester', 'tests');
    expect(await requests()).toEqual([]);
    expect((await scene.checks())[0]?.output.summary).toContain('Not started: GitHub refused');
  });

  it('with an unknown identifier is told to press again', async () => {
    await scene.forge('requester', { requested_action: { identifier: 'AAAAAAAAAAAAAAAA' } });
    expect(await requests()).toEqual([]);
    expect((await scene.checks())[0]?.output.summary).toContain('is out of date');
  });
});

describe('"Re-run"', () => {
  it('on the buttons writes them again', async () => {
    const before = scene.button('tests').identifier;
    await scene.rerun('writer');
    expect(scene.button('tests').identifier).not.toBe(before);
    expect(await requests()).toEqual([]);
  });

  it('of all checks starts nothing and leaves no suite open', async () => {
    await scene.rerunAll('writer');
    expect(await requests()).toEqual([]);
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
  });

  it('of all checks that GitHub kept from being closed is closed by the sweep', async () => {
    const { faults } = running.github;
    faults.add({ method: 'PATCH', path: /check-runs/, when: 'before', status: 502, times: 1 });
    await expect(scene.rerunAll('writer')).rejects.toThrow(AggregateError);
    expect(await scene.suites()).toMatchObject([{ status: 'queued' }]);
    running.pass(6 * 60_000);
    await running.app.sweep();
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
    expect(await requests()).toEqual([]);
  });

  it('on the buttons is answered by the sweep when GitHub was out for longer than a message lives', async () => {
    const { faults } = running.github;
    const [before] = await scene.checks();
    faults.add({ method: 'PATCH', path: /check-runs/, when: 'before', status: 502, times: 1 });
    await expect(scene.rerun('writer')).rejects.toThrow(AggregateError);
    const head = { repository_id: await repositoryId(), head_sha: scene.head };
    const body = JSON.stringify({ type: 'prompts_check', ...head });
    await running.app.bury({ id: 'm', body, attributes: {} });
    running.pass(16 * 60_000);
    await running.app.sweep();
    expect(await running.pump()).toEqual([]);
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
    expect(await scene.checks()).toMatchObject([{ id: before?.id, status: 'completed' }]);
  });

  it('on the buttons is answered at once when GitHub is back, although an earlier one rests', async () => {
    const { faults } = running.github;
    faults.add({ method: 'PATCH', path: /check-runs/, when: 'before', status: 502, times: 1 });
    await expect(scene.rerun('writer')).rejects.toThrow(AggregateError);
    const head = { repository_id: await repositoryId(), head_sha: scene.head };
    const body = JSON.stringify({ type: 'prompts_check', ...head });
    await running.app.bury({ id: 'm', body, attributes: {} });
    await scene.rerun('writer');
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
  });
});

describe('"Re-run" on the check run with a thread', () => {
  const key = 'k'.repeat(43);

  /** A request on the pull request whose worker has the key, and a check run of the App with its thread. */
  async function threadOf(state: 'publishing' | 'running') {
    await running.comment(scene.pull, 'requester', '/cody Fix the sums');
    expect(await running.pump()).toEqual([]);
    const request = await running.requestOf(scene.pull);
    const [waiting] = await running.jobs.ofRequest(request?.id ?? '');
    if (!waiting) throw new Error('No job');
    // Whether a slot was free for it does not matter here.
    const requeued =
      waiting.state === 'queued'
        ? waiting
        : await running.jobs.requeue(waiting, { notBefore: 0, waitingFor: undefined });
    const started = await running.jobs.start(requeued, {
      admission: { global: 99, installation: 99, repository: 99 },
      attemptKeySha256: sha256(key),
      startWithinMs: 60_000,
    });
    if (started.type !== 'started') throw new Error(started.type);
    const { id, attempt } = started.job;
    const job = await running.jobs.claim({
      id,
      attempt,
      attemptKeySha256: sha256(key),
      owner: 'test',
      leaseMs: 60_000,
    });
    if (!job) throw new Error('Not claimed');
    return state === 'running' ? job : running.jobs.move(job, 'publishing', { phase: 'publish' });
  }

  async function tokenOf({ id, attempt }: Job, want: 'read' | 'publish') {
    const { answer } = await running.app.broker({ job_id: id, attempt, key, want });
    if (answer.type !== 'token') throw new Error(JSON.stringify(answer));
    return answer;
  }

  it('leaves no suite open when the run names no job', async () => {
    const { token } = await tokenOf(await threadOf('publishing'), 'publish');
    const checkRunId = await makeRun(token, 'nothing');
    await running.github.rerequest({ owner: 'acme', name: 'web', checkRunId, login: 'writer' });
    await running.github.settled();
    expect(await running.pump()).toEqual([]);
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
  });

  it('retries a job that failed, in the conversation', async () => {
    const job = await threadOf('publishing');
    const { token } = await tokenOf(job, 'publish');
    const checkRunId = await makeRun(token, job.id);
    const check_run = { id: checkRunId, url: '' };
    const cause = { code: 'github_unavailable' as const, sentence: 'GitHub was out.' };
    await running.jobs.move(job, 'failed', { check_run, cause });
    await running.github.rerequest({ owner: 'acme', name: 'web', checkRunId, login: 'writer' });
    await running.github.settled();
    expect(await running.pump()).toEqual([]);
    expect(await requests()).toMatchObject([
      { parent: job.request_id, requester: { login: 'writer' }, source: { type: 'button' } },
    ]);
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
  });

  it('reads without logs where the installation does not grant them', async () => {
    const { permissions } = await tokenOf(await threadOf('running'), 'read');
    expect(permissions).toMatchObject({ checks: 'read', pull_requests: 'read' });
    expect(permissions).not.toHaveProperty('actions');
  });
});
