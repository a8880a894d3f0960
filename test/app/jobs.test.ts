import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { nextJob } from '../../app/wake.ts';
import { sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import { createLauncher } from '../../core/launcher.ts';
import { createModelPauses, modelKeyId } from '../../core/store/model-pause.ts';
import { keys } from '../../core/store/table-schema.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';
import { type Issue, type RunningApp, startRunningApp } from './support/running-app.ts';

let running: RunningApp;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cody-policy-'));
  const file = join(folder, 'policy.yaml');
  writeFileSync(
    file,
    'concurrency: {global: 2, installation: 2, repository: 1}\nbudget: {user_day: 1000}\n',
  );
  running = await startRunningApp(file);
});
afterEach(async () => {
  expect(running.github.violations()).toEqual([]);
  running.github.faults.clear();
  for (const job of [...(await running.jobs.active(50)), ...(await running.jobs.queued(50))])
    await running.jobs.move(job, 'cancelled');
  await running.pump();
});
afterAll(async () => {
  await running.close();
  rmSync(folder, { recursive: true });
});

async function accepted(options = '', issue: Issue = running.issue('acme', 'web')) {
  await running.comment(issue, 'requester', `/cody ${options} Fix it`);
  expect(await running.pump()).toEqual([]);
  const request = await running.requestOf(issue);
  return { issue, id: request!.id, jobs: await running.jobs.ofRequest(request!.id) };
}

function launcher() {
  return createLauncher({
    aws: {
      region: 'us-east-1',
      endpoint: running.ecs.endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    cluster: 'cody',
    taskDefinition: 'worker',
    container: 'worker',
  });
}

/** The AWS operations that are called meanwhile, in alphabetical order. */
async function operations(meanwhile: () => Promise<unknown>): Promise<readonly string[]> {
  const called: string[] = [];
  const note = (message: unknown) => {
    const { request } = message as { request: { getHeader: (name: string) => unknown } };
    called.push(String(request.getHeader('x-amz-target')).split('.').at(-1)!);
  };
  subscribe('http.client.request.start', note);
  await meanwhile();
  unsubscribe('http.client.request.start', note);
  return called.filter((one) => one !== 'undefined').toSorted();
}

it('writes nothing in a tick of the sweep in which nothing is to be done', async () => {
  await running.app.sweep();
  const called = await operations(() => running.app.sweep());
  expect([...new Set(called)]).toEqual(['GetItem', 'ListTasks', 'Query']);
  expect(called.length).toBeLessThanOrEqual(10);
});

function message(value: unknown) {
  return { id: 'm', body: JSON.stringify(value), attributes: {} };
}

async function fresh(job: Job): Promise<Job> {
  return (await running.jobs.get(job.id))!;
}

async function claimed(job: Job): Promise<Job> {
  const current = await fresh(job);
  const taken = await running.jobs.claim({
    id: job.id,
    attempt: current.attempt,
    attemptKeySha256: current.attempt_key_sha256!,
    owner: 'test',
    leaseMs: 60_000,
  });
  return taken!;
}

describe('dispatching', () => {
  it('starts a worker once although the message comes twice', async () => {
    const { jobs } = await accepted();
    await running.app.dispatch(message({ type: 'job', job_id: jobs[0]!.id }));
    const job = await fresh(jobs[0]!);
    expect(job).toMatchObject({ state: 'starting', attempt: 1 });
    expect(job.task_arn).toContain('task/cody/');
  });

  it('drops a message about a job that does not exist, or that nobody can read', async () => {
    await running.app.dispatch(message({ type: 'job', job_id: 'none-1' }));
    await running.app.dispatch(message('nonsense'));
    await running.app.ingest(message({ type: 'nonsense' }));
    await running.app.ingest({ ...message(''), attributes: { 'github-event': 'issue_comment' } });
  });

  it('only records a message that says it is a webhook: its dead letter would count as one', async () => {
    const key = { ...keys.job('forged-1'), type: 'job', id: 'other-1' };
    await running.table.transact([{ type: 'put', item: key }]);
    const body = message({ type: 'job', job_id: 'forged-1' });
    await expect(running.app.dispatch(body)).rejects.toThrow();
    await running.app.dispatch({ ...body, attributes: { 'github-event': 'issue_comment' } });
    const record = await running.table.get(keys.malformed(`jobs#${body.id}`));
    expect(record).toMatchObject({ type: 'malformed', from: 'jobs' });
  });

  it('hands on what workers tell, who may not send to the queue of webhooks', async () => {
    await running.pump();
    for (const body of [{ type: 'report', request_id: 'none' }, { type: 'wake' }])
      await running.app.dispatch(message(body));
    expect(await running.queues.ingest.depth()).toBe(2);
    await running.pump();
    expect(await running.queues.ingest.depth()).toBe(0);
  });

  it('lets a job wait for its repository and says in the comment for whom', async () => {
    const holder = await accepted();
    const { jobs, issue } = await accepted();
    const waiting_for = `request ${holder.id} in this repository to end`;
    expect(jobs[0]).toMatchObject({ state: 'queued', waiting_for });
    expect((await running.comments(issue)).at(-1)!.body).toContain(`waiting for ${waiting_for}`);
    await running.app.ingest(message({ type: 'wake' }));
    expect((await fresh(jobs[0]!)).queue_position).toBe(1);
  });

  it('starts the waiting job when a slot is freed', async () => {
    const first = await accepted();
    const second = await accepted();
    await running.jobs.move(await claimed(first.jobs[0]!), 'failed');
    await running.app.ingest(message({ type: 'wake' }));
    expect((await fresh(second.jobs[0]!)).state).toBe('starting');
  });

  it('holds no more jobs at once than the server allows', async () => {
    const { jobs } = await accepted('--repo acme/web --repo acme/api --repo acme/one');
    expect(jobs.map((job) => job.state).toSorted()).toEqual(['queued', 'starting', 'starting']);
    expect(jobs.find((job) => job.state === 'queued')?.waiting_for).toBe(
      'a free worker on this server',
    );
  });

  it('puts a job back when there is no capacity, without using up an attempt', async () => {
    running.ecs.failNext(1);
    const { jobs } = await accepted();
    expect(jobs[0]).toMatchObject({ state: 'queued', waiting_for: 'capacity to start a worker' });
    running.pass(120_000);
    await running.app.sweep();
    await running.pump();
    expect(await fresh(jobs[0]!)).toMatchObject({ state: 'starting', attempt: 1 });
  });

  it('ends a cancelled job that never started', async () => {
    await accepted();
    const { jobs } = await accepted();
    await running.jobs.requestCancel(jobs[0]!, 'requester');
    await running.app.dispatch(message({ type: 'job', job_id: jobs[0]!.id }));
    expect(await fresh(jobs[0]!)).toMatchObject({
      state: 'cancelled',
      cause: { code: 'cancelled_by_user' },
    });
  });
});

describe('a command that comes again under another delivery', () => {
  it('is told what its request left out, where a crash came before the answer, and once', async () => {
    const { issue, id } = await accepted();
    const webhook = running.handled.findLast(({ body }) =>
      Buffer.from(body, 'base64').includes('"body":"/cody'),
    )!;
    const { semantic_key } = (await running.requests.get(id))!;
    const key = { pk: `CMD#${semantic_key}`, sk: '-' };
    const set = { reply: 'acme/api is left out.' };
    await running.table.transact([{ type: 'update', key, set }]);
    const attributes = { ...webhook.attributes, 'github-delivery': 'another' };
    await running.app.ingest({ ...webhook, attributes });
    await running.app.ingest({ ...webhook, attributes });
    expect(await running.pump()).toEqual([]);
    const told = (await running.comments(issue)).filter(({ body }) => body.includes(set.reply));
    expect(told).toHaveLength(1);
    expect(await running.jobs.ofRequest(id)).toHaveLength(1);
  });
});

describe('a task that no live job needs', () => {
  it('is stopped by the sweep', async () => {
    const { jobs } = await accepted();
    const job = await claimed(jobs[0]!);
    await running.jobs.move(job, 'failed');
    await running.app.sweep();
    expect(await launcher().state(job.task_arn!)).toEqual({ status: 'running' });
    running.pass(6 * 60_000);
    await running.app.sweep();
    await vi.waitFor(async () => {
      expect(await launcher().state(job.task_arn!)).toMatchObject({
        status: 'gone',
        stopped: { stopCode: 'UserInitiated', stoppedReason: 'Its attempt is over' },
      });
    }, 10_000);
  });
});

describe('a worker that ran out of memory', () => {
  it('is followed by a larger one, and then by an end that says so', async () => {
    const { jobs, issue } = await accepted();
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    const stopped = (job: Job) => {
      const { detail } = event(job);
      return { detail: { ...detail, containers: [{ exitCode: 137, reason }] } };
    };
    await running.app.settle(stopped(await claimed(jobs[0]!)));
    await running.pump();
    const larger = await claimed(jobs[0]!);
    expect(larger).toMatchObject({ attempt: 2, size: { cpu: 2_048, memory_mib: 8_192 } });
    await running.app.settle(stopped(larger));
    await running.pump();
    expect(await fresh(jobs[0]!)).toMatchObject({
      state: 'failed',
      cause: { code: 'out_of_memory' },
    });
    const closing = (await running.comments(issue)).at(-1)!.body;
    expect(closing).toContain('ran out of memory');
    expect(closing).toContain('/cody retry');
  });
});

describe('a job that waits for more than a day', () => {
  it('ends and says for what it waited', async () => {
    await accepted();
    const { jobs, issue } = await accepted();
    running.pass(24 * 3_600_000);
    await running.app.dispatch(message({ type: 'job', job_id: jobs[0]!.id }));
    await running.pump();
    expect(await fresh(jobs[0]!)).toMatchObject({
      state: 'failed',
      cause: { code: 'waited_too_long' },
    });
    const closing = (await running.comments(issue)).at(-1)!.body;
    expect(closing).toMatch(/waited too long for .+ in this repository to end/);
    expect(closing).toContain('/cody retry');
  });
});

const minute = 60_000;
const pauses = () =>
  createModelPauses({
    table: running.table,
    now: running.now,
    keyId: modelKeyId('a key for the model'),
  });
const refuse = () => pauses().refused(15 * minute);
const answer = () => pauses().answered(running.now() + 1);
const states = async (jobs: readonly Job[]) =>
  (await Promise.all(jobs.map(fresh))).map(({ state }) => state).toSorted();
async function look(after: number) {
  running.pass(after);
  await running.app.sweep();
  await running.pump();
}

describe('a model account that has met its spend limit', () => {
  afterEach(answer);

  it('keeps jobs queued and says so once, lets one at a time try, and then all go on', async () => {
    await refuse();
    const { id, jobs, issue } = await accepted('--repo acme/web --repo acme/api');
    for (const job of jobs) expect(job.waiting_for).toBe('the spend limit of the model account');
    const told = await running.requests.report(id);
    expect((await running.comments(issue)).at(-1)!.body).toContain('waiting for the spend limit');
    await look(5 * minute);
    await running.app.ingest(message({ type: 'wake' }));
    expect((await running.requests.report(id))!.wanted).toBe(told!.wanted);

    await look(11 * minute);
    expect(await states(jobs)).toEqual(['queued', 'starting']);
    const [tried] = (await Promise.all(jobs.map(fresh))).filter(({ state }) => state !== 'queued');
    await refuse();
    await running.jobs.move(await claimed(tried!), 'failed');
    await look(minute);
    expect(await states(jobs)).toEqual(['failed', 'queued']);
    expect((await pauses().read())!.wait_ms).toBe(30 * minute);

    expect(await answer()).toBe(true);
    await running.app.ingest(message({ type: 'wake' }));
    expect(await states(jobs)).toEqual(['failed', 'starting']);
  });

  it('ends what has waited for six hours', async () => {
    await refuse();
    const { jobs, issue } = await accepted();
    running.pass(360 * minute);
    await refuse();
    await look(0);
    expect(await fresh(jobs[0]!)).toMatchObject({
      state: 'failed',
      cause: { code: 'model_spend_limit' },
    });
    expect((await running.comments(issue)).at(-1)!.body).toContain('/cody retry');
  });
});

const waitingJob = (installation_id: number, created_at: number) =>
  exampleJobs(exampleRequest(), { installation_id, created_at })[0]!;

describe('who goes next', () => {
  it('is the oldest job of the installation with the fewest running', () => {
    const waiting = [waitingJob(1, 10), waitingJob(2, 30), waitingJob(2, 20)];
    expect(
      nextJob(
        waiting,
        new Map([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toBe(waiting[2]);
    expect(nextJob(waiting, new Map([[2, 1]]))).toBe(waiting[0]);
    expect(nextJob(waiting, new Map())).toBe(waiting[0]);
    expect(nextJob([], new Map())).toBeUndefined();
  });
});

describe('the sweep', () => {
  it('sends a job whose message was lost', async () => {
    const issue = running.issue('acme', 'web');
    await running.comment(issue, 'requester', '/cody Fix it');
    const [webhook] = await running.queues.ingest.receive({
      max: 1,
      waitSeconds: 1,
      visibilitySeconds: 60,
    });
    await running.app.ingest(webhook!);
    await running.queues.ingest.remove(webhook!.receipt);
    const [lost] = await running.queues.jobs.receive({
      max: 1,
      waitSeconds: 1,
      visibilitySeconds: 60,
    });
    await running.queues.jobs.remove(lost!.receipt);
    running.pass(61_000);
    expect((await running.app.sweep()).jobs).toBeGreaterThan(0);
    await running.pump();
    const request = await running.requestOf(issue);
    expect((await running.jobs.ofRequest(request!.id))[0]!.state).toBe('starting');
  });

  it('gives a job with a dead lease to a new worker, and fails it after the third', async () => {
    const { jobs, issue } = await accepted();
    for (const attempt of [1, 2, 3]) {
      expect(await claimed(jobs[0]!)).toMatchObject({ attempt, state: 'running' });
      running.pass(61_000);
      await Promise.all([running.app.sweep(), running.app.sweep()]);
      await running.pump();
    }
    expect(await fresh(jobs[0]!)).toMatchObject({
      state: 'failed',
      cause: { code: 'worker_lost' },
    });
    const comments = await running.comments(issue);
    expect(comments).toHaveLength(3);
    expect(comments[2]!.body).toContain('The worker was lost three times');
  });

  it('keeps the phase, so that publishing does not run the agent again', async () => {
    const { jobs } = await accepted();
    const job = await claimed(jobs[0]!);
    await running.jobs.move(job, 'publishing', { phase: 'publish' });
    running.pass(61_000);
    await running.app.sweep();
    await running.pump();
    expect(await claimed(jobs[0]!)).toMatchObject({ state: 'publishing', attempt: 2 });
  });

  it('goes on when something that is due cannot be read', async () => {
    const key = { pk: 'WORK#broken', sk: 'JOB#broken-1' };
    const item = { ...key, type: 'job', due_bucket: 'due', due_at: 1 };
    await running.table.transact([{ type: 'put', item }]);
    const { jobs } = await accepted();
    await claimed(jobs[0]!);
    running.pass(61_000);
    expect((await running.app.sweep()).jobs).toBe(1);
    await running.table.transact([{ type: 'delete', key }]);
  });

  it('brings comments up to date that are behind', async () => {
    const { jobs, issue } = await accepted();
    await running.jobs.move(await claimed(jobs[0]!), 'failed');
    running.pass(31_000);
    expect((await running.app.sweep()).reports).toBeGreaterThan(0);
    // What it sent is still on its way.
    expect((await running.app.sweep()).reports).toBe(0);
    await running.pump();
    expect(await running.comments(issue)).toHaveLength(3);
  });

  it('has comments written as soon as the lease of a writer that crashed is over', async () => {
    const { id, jobs, issue } = await accepted();
    await running.jobs.move(await claimed(jobs[0]!), 'failed');
    running.pass(31_000);
    const lease = { owner: 'crashed', leaseMs: 1_500 };
    expect(await running.requests.leaseReport(id, lease)).toBeDefined();
    expect((await running.app.sweep()).reports).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      await running.pump();
      expect(await running.comments(issue)).toHaveLength(3);
    }, 20_000);
  });
});

const event = (job: Job, attempt = job.attempt) => ({
  detail: {
    taskArn: job.task_arn,
    lastStatus: 'STOPPED',
    overrides: {
      containerOverrides: [
        {
          name: 'worker',
          environment: [
            { name: 'CODY_JOB_ID', value: job.id },
            { name: 'CODY_ATTEMPT', value: String(attempt) },
          ],
        },
      ],
    },
  },
});

describe('a task that has stopped', () => {
  it('gives its job to a new worker at once', async () => {
    const { jobs } = await accepted();
    await claimed(jobs[0]!);
    await running.app.settle(event(await fresh(jobs[0]!)));
    await running.pump();
    expect(await fresh(jobs[0]!)).toMatchObject({ state: 'starting', attempt: 2 });
  });

  it('means nothing for a later attempt, an ended job, or when it is malformed', async () => {
    const { jobs } = await accepted();
    const job = await claimed(jobs[0]!);
    await running.app.settle(event(job, 7));
    await running.app.settle(event({ ...job, task_arn: 'another task of the same attempt' }));
    expect((await fresh(job)).state).toBe('running');
    await running.jobs.move(job, 'failed');
    await running.app.settle(event(job));
    await running.app.settle({ detail: 1 });
    expect((await fresh(job)).state).toBe('failed');
  });
});

describe('a dead letter', () => {
  it('about a job ends the job, visibly', async () => {
    await accepted();
    const { jobs, issue } = await accepted();
    await running.app.bury(message({ type: 'job', job_id: jobs[0]!.id }));
    await running.pump();
    expect(await fresh(jobs[0]!)).toMatchObject({
      state: 'failed',
      cause: { code: 'undeliverable' },
    });
    expect((await running.comments(issue)).at(-1)!.body).toContain('could not be started');
  });

  it('about a comment that nobody took is answered once', async () => {
    const issue = running.issue('acme', 'web');
    await running.comment(issue, 'requester', '/cody Fix it');
    const [webhook] = await running.queues.ingest.receive({
      max: 1,
      waitSeconds: 1,
      visibilitySeconds: 60,
    });
    await running.queues.ingest.remove(webhook!.receipt);
    await running.app.bury(webhook!);
    await running.app.bury(webhook!);
    await running.app.ingest(webhook!);
    const comments = await running.comments(issue);
    expect(comments).toHaveLength(2);
    expect(comments[1]!.body).toContain('could not be handled');
    expect(await running.requestOf(issue)).toBeUndefined();
  });

  it('about a report lets it rest, so that the end is told when GitHub is back', async () => {
    const { id, jobs, issue } = await accepted();
    for (const job of jobs) await running.jobs.move(await claimed(job), 'failed');
    await running.app.bury(message({ type: 'report', request_id: id }));
    await running.app.sweep();
    await running.pump();
    const before = await running.requests.report(id);
    expect(before!.rendered).toBeLessThan(before!.wanted);
    running.pass(16 * 60_000);
    await running.app.sweep();
    await running.pump();
    expect((await running.comments(issue)).at(-1)!.body).toContain(`cody-batch:closing:${id}`);
  });

  it('about a report of an old request stops it from being sent for ever', async () => {
    const { id, jobs } = await accepted();
    await running.jobs.move(await claimed(jobs[0]!), 'failed');
    running.pass(25 * 3_600_000);
    await running.app.bury(message({ type: 'report', request_id: id }));
    const report = await running.requests.report(id);
    expect(report!.rendered).toBe(report!.wanted);
  });

  it('that nobody can read is dropped', async () => {
    await running.app.bury(message('nonsense'));
    await running.app.bury({ ...message(''), attributes: { 'github-event': 'issue_comment' } });
  });
});

describe('the pull requests of a request', () => {
  it('are linked with a new token when the old one has died', async () => {
    const { id, jobs } = await accepted('--repo acme/one --repo acme/two');
    for (const job of jobs) {
      const publishing = await running.jobs.move(await claimed(job), 'publishing');
      await running.jobs.move(publishing, 'pull_request', {
        pull_request: { number: 1, url: 'u', draft: false, head_sha: 'f'.repeat(40), files: 1 },
      });
    }
    running.github.faults.add({
      path: /pulls\/1$/,
      when: 'before',
      status: 401,
      times: 99,
      body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' },
    });
    const report = message({ type: 'report', request_id: id });
    await expect(running.app.ingest(report)).rejects.toMatchObject({ name: 'TransientError' });
    running.github.faults.clear();
    await running.app.ingest(report);
    expect((await running.requests.report(id))!.closing_comment_id).toBeDefined();
  });
});

describe('the broker', () => {
  const key = 'k'.repeat(43);

  /** A job in an attempt whose key we know. */
  async function withKey(
    state: 'running' | 'publishing' | 'starting' = 'running',
    issue: Issue = running.issue('acme', 'web'),
  ) {
    const { jobs } = await accepted('', issue);
    await running.jobs.requeue(jobs[0]!, { notBefore: 0, waitingFor: undefined });
    const started = await running.jobs.start(await fresh(jobs[0]!), {
      admission: { global: 9, installation: 9, repository: 9 },
      attemptKeySha256: sha256(key),
      startWithinMs: 60_000,
    });
    if (started.type !== 'started') throw new Error(started.type);
    if (state === 'starting') return started.job;
    const job = await claimed(started.job);
    return state === 'running' ? job : running.jobs.move(job, 'publishing', { phase: 'publish' });
  }

  const ask = (job: Job, want: string, change: object = {}) =>
    running.app.broker({ job_id: job.id, attempt: job.attempt, key, want, ...change });

  it('gives a token that reads one repository and nothing else', async () => {
    const { answer } = await ask(await withKey(), 'read');
    if (answer.type !== 'token') throw new Error(JSON.stringify(answer));
    expect(answer.permissions).toMatchObject({ contents: 'read', metadata: 'read' });
    expect(answer).toMatchObject({ owner: 'acme', name: 'web' });
    const get = (path: string) =>
      fetch(new URL(path, running.github.url), {
        headers: { authorization: `Bearer ${answer.token}`, 'user-agent': 't' },
      });
    expect((await get('/repos/acme/web/contents/README.md')).status).toBe(200);
    expect((await get('/repos/acme/secret/contents/README.md')).status).toBe(404);
  });

  it('gives a token that publishes, in the fewest permissions', async () => {
    const { answer } = await ask(await withKey('publishing'), 'publish');
    expect(answer).toMatchObject({
      type: 'token',
      permissions: { contents: 'write', pull_requests: 'write', checks: 'write' },
    });
    expect(JSON.stringify(answer)).not.toContain('issues');
  });

  it('gives the key of the model', async () => {
    const { answer } = await ask(await withKey(), 'model');
    expect(answer).toEqual({ type: 'model', api_key: 'a key for the model' });
  });

  it('refuses another key, another attempt, another job, and an ended one', async () => {
    const job = await withKey();
    const refused = { status: 403, answer: { type: 'refused', transient: false } };
    expect(await ask(job, 'read', { key: 'x'.repeat(43) })).toMatchObject(refused);
    expect(await ask(job, 'read', { attempt: job.attempt - 1 })).toMatchObject(refused);
    expect(await ask(job, 'read', { job_id: 'none-1' })).toMatchObject(refused);
    await running.jobs.move(job, 'failed');
    expect(await ask(job, 'read')).toMatchObject(refused);
  });

  it('refuses to write before the job was claimed', async () => {
    const job = await withKey('starting');
    for (const want of ['check', 'publish'])
      expect(await ask(job, want), want).toMatchObject({ status: 403 });
  });

  it('refuses what is no request', async () => {
    for (const body of [undefined, 'x', { want: 'everything' }])
      expect(await running.app.broker(body)).toMatchObject({ status: 400 });
  });

  it('refuses to publish when the requester has lost write permission', async () => {
    const job = await withKey('publishing');
    running.github.faults.add({
      path: /collaborators\/requester\/permission$/,
      when: 'after',
      status: 200,
      body: { permission: 'read', role_name: 'read', user: { id: 4242, login: 'requester' } },
    });
    const { answer } = await ask(job, 'publish');
    expect(answer).toMatchObject({ type: 'refused', code: 'permission_lost', transient: false });
  });

  it('refuses everything in a private repository that became public', async () => {
    const job = await withKey('publishing', running.issue('acme', 'secret'));
    const { id, owner, name } = job.repository;
    const body = { id, name, owner: { login: owner }, private: false, default_branch: 'main' };
    for (const want of ['read', 'publish']) {
      running.github.faults.add({
        method: 'GET',
        path: '/repos/acme/secret',
        when: 'after',
        status: 200,
        body,
      });
      const { answer } = await ask(job, want);
      expect(answer).toMatchObject({ type: 'refused', code: 'repository_public' });
    }
  });

  it('refuses to read when the requester has lost write permission', async () => {
    const job = await withKey();
    running.github.faults.add({
      path: /collaborators\/requester\/permission$/,
      when: 'after',
      status: 200,
      body: { permission: 'none', role_name: '', user: { id: 4242, login: 'requester' } },
    });
    const { answer } = await ask(job, 'read');
    expect(answer).toMatchObject({ type: 'refused', code: 'permission_lost', transient: false });
  });

  it('says that it may work later when GitHub is out', async () => {
    const job = await withKey('publishing');
    running.github.faults.add({ path: /access_tokens$/, when: 'before', status: 502, times: 3 });
    expect((await ask(job, 'publish')).answer).toMatchObject({ type: 'refused', transient: true });
  });

  it('says that it may work later when GitHub does not take the App for itself', async () => {
    const job = await withKey('publishing');
    running.github.faults.add({ path: /access_tokens$/, when: 'before', status: 401, times: 99 });
    expect((await ask(job, 'publish')).answer).toMatchObject({ type: 'refused', transient: true });
    running.github.faults.clear();
  });
});

describe('the health document', () => {
  it('tells the depth of the queues, and how many messages and due items nobody could read', async () => {
    const due = { pk: 'MALFORMED', sk: 'due#WORK#broken#JOB#broken-1' };
    expect(await running.table.get(due)).toMatchObject({ from: 'due' });
    for (const sk of ['ingest#m', 'jobs#m'])
      expect(await running.table.get({ pk: 'MALFORMED', sk })).toMatchObject({ message_id: 'm' });
    const facts = { version: '1', engines: { table: 'local' }, sandbox: undefined };
    expect(await running.app.health(facts)).toEqual({
      status: 'ok',
      ...facts,
      queues: { ingest: 0, jobs: 0 },
      malformed: 3,
    });
  });
});
