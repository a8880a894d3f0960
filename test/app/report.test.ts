import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Job } from '../../core/job.ts';
import { sha256 } from '../../core/ids.ts';
import { createPacingStore, pacingLimits } from '../../core/store/pacing.ts';
import { keys } from '../../core/store/table-schema.ts';
import { Policy } from '../../core/policy.ts';
import { Times } from '../../core/times.ts';
import { type Issue, type RunningApp, startRunningApp } from './support/running-app.ts';

let running: RunningApp;

beforeAll(async () => {
  running = await startRunningApp();
});
afterEach(() => {
  expect(running.github.violations()).toEqual([]);
  running.github.faults.clear();
});
afterAll(() => running.close());

async function accepted(): Promise<{ issue: Issue; jobs: readonly Job[]; id: string }> {
  const issue = running.issue('acme', 'web');
  await running.comment(issue, 'requester', '/cody --repo acme/web --repo acme/api Fix it');
  expect(await running.pump()).toEqual([]);
  const request = await running.requestOf(issue);
  return { issue, id: request!.id, jobs: await running.jobs.ofRequest(request!.id) };
}

/** Ends a job as a worker would. */
async function end(
  job: Job,
  to: 'answered' | 'failed',
  summary = 'The sum is right already.',
): Promise<void> {
  if (to === 'failed') {
    await running.jobs.move(job, 'failed', {
      cause: { code: 'worker_lost', sentence: 'The worker was lost.' },
    });
    return;
  }
  const claimed = await running.jobs.claim({
    id: job.id,
    attempt: job.attempt,
    attemptKeySha256: job.attempt_key_sha256!,
    owner: 'test',
    leaseMs: 60_000,
  });
  await running.jobs.move(claimed!, 'answered', {
    cause: { code: 'answered', sentence: 'The question is answered.' },
    submission: {
      title: 'Answer',
      summary,
      changes: [],
      verification: [],
      not_done: [],
      risks: [],
    },
  });
}

async function ours(issue: Issue): Promise<readonly string[]> {
  const comments = await running.comments(issue);
  return comments.filter(({ author }) => author === 'cody[bot]').map(({ body }) => body);
}

function writes(path: RegExp): number {
  return running.github
    .requests()
    .filter(({ method, path: at }) => ['POST', 'PATCH'].includes(method) && path.test(at)).length;
}

describe('the comments of a request', () => {
  it('are one status comment that is edited and one closing comment with the answers', async () => {
    const { issue, jobs, id } = await accepted();
    await end(jobs[0]!, 'answered');
    await running.app.ingest(report(id));
    expect(await ours(issue)).toHaveLength(1);
    await end(jobs[1]!, 'failed');
    await running.app.ingest(report(id));
    const [status, closing, ...more] = await ours(issue);
    expect(more).toEqual([]);
    expect(status).toContain('partly done');
    expect(closing).toContain('@requester');
    expect(closing).toContain('The sum is right already.');
    expect(closing).toContain('The worker was lost.');
  });

  it('are not touched when nothing has changed', async () => {
    const { id } = await accepted();
    const before = writes(/comments/);
    await running.app.ingest(report(id));
    await running.app.ingest(report(id));
    expect(writes(/comments/)).toBe(before);
  });

  it('are written over what a writer left there that had lost its lease', async () => {
    const { id } = await accepted();
    const before = writes(/comments/);
    await running.requests.wantAgain(id);
    await running.app.ingest(report(id));
    expect(writes(/comments/)).toBe(before + 1);
    await running.app.ingest(report(id));
    expect(writes(/comments/)).toBe(before + 1);
  });

  it('are written once by two writers at the same time', async () => {
    const { issue, jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    await Promise.all(Array.from({ length: 4 }, () => running.app.ingest(report(id))));
    await running.pump();
    expect(await ours(issue)).toHaveLength(2);
  });

  it('are found again when the answer to creating one was lost', async () => {
    const issue = running.issue('acme', 'web');
    await running.comment(issue, 'requester', '/cody Fix it');
    const lost = { method: 'POST', path: /issues\/\d+\/comments$/, when: 'after' as const };
    running.github.faults.add({ ...lost, destroy: true });
    expect(await running.pump()).toHaveLength(1);
    const request = await running.requestOf(issue);
    await running.app.ingest(report(request!.id));
    expect(await ours(issue)).toHaveLength(1);
    const shown = (await ours(issue))[0]!;
    expect((await running.requests.report(request!.id))?.status_sha256).toBe(sha256(shown));
    const [job] = await running.jobs.ofRequest(request!.id);
    await end(job!, 'failed');
    running.github.faults.add({ ...lost, destroy: true });
    await expect(running.app.ingest(report(request!.id))).rejects.toThrow();
    await running.app.ingest(report(request!.id));
    expect(await ours(issue)).toHaveLength(2);
  });

  it('do not mistake a comment of a person that quotes the marker', async () => {
    const issue = running.issue('acme', 'web');
    const { jobs } = await accepted();
    const marker = `<!-- cody-batch:status:${jobs[0]!.request_id} -->`;
    await running.comment(issue, 'outsider', `${marker} mine`);
    await running.comment(issue, 'requester', '/cody Fix it');
    expect(await running.pump()).toEqual([]);
    expect(await ours(issue)).toHaveLength(1);
  });

  it('do not mistake an answer in which a model quotes the marker of another request', async () => {
    const issue = running.issue('acme', 'web');
    await running.comment(issue, 'requester', '/cody --repo acme/one Say it');
    expect(await running.pump()).toEqual([]);
    const first = (await running.requestOf(issue))!;
    await running.comment(issue, 'requester', '/cody Fix it');
    expect(await running.pump()).toEqual([]);
    const second = (await running.requestOf(issue))!;
    const quoted = `\`\`\`\n<!-- cody-batch:closing:${second.id} -->\n\`\`\``;
    for (const job of await running.jobs.ofRequest(first.id)) await end(job, 'answered', quoted);
    await running.app.ingest(report(first.id));
    for (const job of await running.jobs.ofRequest(second.id)) await end(job, 'failed');
    await running.app.ingest(report(second.id));
    const closings = (await ours(issue)).filter((body) =>
      body.startsWith('<!-- cody-batch:closing'),
    );
    expect(closings).toHaveLength(2);
  });

  it('go to the repository with the id of the source, not to one that bears its old name', async () => {
    const { jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    const before = [writes(/repos\/acme\/web\/issues/), writes(/repos\/acme\/one\/issues/)];
    running.github.faults.add({ ...sourceNow, body: { ...sourceNow.body, name: 'one' } });
    await running.app.ingest(report(id));
    expect(writes(/repos\/acme\/web\/issues/)).toBe(before[0]);
    expect(writes(/repos\/acme\/one\/issues/)).toBeGreaterThan(before[1]!);
  });

  it('say nothing more of a private target once the source is public', async () => {
    const issue = running.issue('acme', 'secret');
    await running.comment(issue, 'requester', '/cody Fix it');
    expect(await running.pump()).toEqual([]);
    const { id } = (await running.requestOf(issue))!;
    for (const job of await running.jobs.ofRequest(id)) await end(job, 'failed');
    const before = await ours(issue);
    running.github.faults.add({ ...sourceNow, path: '/repos/acme/secret' });
    await running.app.ingest(report(id));
    expect(await ours(issue)).toEqual(before);
  });

  it('are tried again when GitHub is out', async () => {
    const { issue, jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    running.github.faults.add({ method: 'PATCH', path: /comments/, when: 'before', status: 502 });
    await expect(running.app.ingest(report(id))).rejects.toMatchObject({ name: 'TransientError' });
    await running.app.ingest(report(id));
    expect(await ours(issue)).toHaveLength(2);
  });

  it('are written with a new token when the old one has died', async () => {
    const { issue, jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    running.github.faults.add({
      method: 'PATCH',
      path: /comments/,
      when: 'before',
      status: 401,
      times: 3,
      body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' },
    });
    const before = writes(/access_tokens/);
    await expect(running.app.ingest(report(id))).rejects.toMatchObject({ name: 'TransientError' });
    await running.app.ingest(report(id));
    expect(writes(/access_tokens/)).toBe(before + 1);
    expect(await ours(issue)).toHaveLength(2);
  });

  it('end with the closing one although a person has deleted the status comment', async () => {
    const { issue, jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    running.github.faults.add({
      method: 'PATCH',
      path: /comments/,
      when: 'before',
      status: 404,
      times: 100,
      body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' },
    });
    await running.app.ingest(report(id));
    expect((await ours(issue)).at(-1)).toContain(`cody-batch:closing:${id}`);
    const stored = await running.requests.report(id);
    expect(stored!.rendered).toBe(stored!.wanted);
  });

  it('are given up when GitHub refuses them for good', async () => {
    const { jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    running.github.faults.add({
      path: /comments/,
      when: 'before',
      status: 410,
      times: 100,
      body: { message: 'This issue was deleted', documentation_url: 'https://docs.github.com' },
    });
    await running.app.ingest(report(id));
    const stored = await running.requests.report(id);
    expect(stored!.rendered).toBe(stored!.wanted);
  });
});

describe('while little may be written', () => {
  afterEach(() => forget());

  it('an edit in between stands back, and the end is shown all the same', async () => {
    const { issue, jobs, id } = await accepted();
    await spend(0.85);
    await end(jobs[0]!, 'failed');
    const edits = writes(/issues\/comments/);
    const waiting = await running.queues.ingest.depth();
    await running.app.ingest(report(id));
    expect(writes(/issues\/comments/)).toBe(edits);
    expect(await running.queues.ingest.depth()).toBe(waiting + 1);
    await end(jobs[1]!, 'failed');
    await running.app.ingest(report(id));
    const [status, closing] = await ours(issue);
    expect(status).toContain('2 of 2 ended');
    expect(closing).toContain(`cody-batch:closing:${id}`);
    expect(running.github.brokenLimits()).toEqual([]);
  });

  it('nothing is written, and no try is used up, until what GitHub asked for is over', async () => {
    const { issue, jobs, id } = await accepted();
    for (const job of jobs) await end(job, 'failed');
    running.github.faults.secondaryRateLimit({ method: 'PATCH', path: /comments/, retryAfter: 60 });
    const before = writes(/comments/);
    const asked = Date.now();
    await running.app.ingest(report(id));
    expect(writes(/comments/)).toBe(before + 1);
    await running.app.ingest(report(id));
    expect(writes(/comments/)).toBe(before + 1);
    const stored = await running.requests.report(id);
    expect([stored!.lease_owner, stored!.wanted > stored!.rendered]).toEqual([undefined, true]);
    // A message is on its way: the sweep brings one later only, should it be lost.
    const due = z.object({ due_at: z.number() }).parse(await running.table.get(keys.report(id)));
    expect(due.due_at).toBeGreaterThan(asked + 60_000 + Times.parse({}).CODY_SWEEP_MS);
    await forget();
    await running.app.ingest(report(id));
    expect((await ours(issue)).at(-1)).toContain(`cody-batch:closing:${id}`);
  });

  it('a new request waits for its reaction, and its jobs are on their way all the same', async () => {
    const store = createPacingStore({ table: running.table, now: Date.now, limits });
    await store.pause(running.installationId, 60_000);
    const issue = running.issue('acme', 'web');
    await running.comment(issue, 'requester', '/cody Fix it');
    const errors = await running.pump();
    expect(errors).toMatchObject([{ name: 'TransientError' }]);
    const [job] = await running.jobs.ofRequest((await running.requestOf(issue))!.id);
    const sent = JSON.stringify({ type: 'job', job_id: job?.id });
    expect(running.handled.map(({ body }) => body)).toContain(sent);
    expect(await ours(issue)).toEqual([]);
  });
});

const limits = pacingLimits(Policy.parse({}), {
  CODY_GITHUB_MINUTE_MS: 1_000,
  CODY_PACING_MS: 0,
});

/** Takes a share of the hour's budget, as other processes would have. */
async function spend(share: number): Promise<void> {
  const slice = Math.floor(Date.now() / ((limits.minuteMs * 60) / 20));
  const hour = [[slice, Math.round(limits.contentPerHour * share)]];
  const key = keys.pacing(running.installationId);
  await running.table.transact([{ type: 'put', item: { ...key, version: 1, hour } }]);
}

async function forget(): Promise<void> {
  await running.table.transact([{ type: 'delete', key: keys.pacing(running.installationId) }]);
}

describe('what is stored', () => {
  it('holds the hash of the last status', async () => {
    const { issue, id } = await accepted();
    await running.app.ingest(report(id));
    const [status] = await ours(issue);
    expect((await running.requests.report(id))?.status_sha256).toBe(sha256(status!));
  });
});

/** What GitHub says about the source by now; the request goes by its id. */
const sourceNow = {
  method: 'GET',
  path: '/repos/acme/web',
  when: 'after' as const,
  status: 200,
  body: { id: 1, name: 'web', owner: { login: 'acme' }, private: false, default_branch: 'main' },
};

function report(request_id: string) {
  return { id: 'm', body: JSON.stringify({ type: 'report', request_id }), attributes: {} };
}
