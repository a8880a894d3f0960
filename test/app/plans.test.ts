import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Request } from '../../core/request.ts';
import { keys } from '../../core/store/table-schema.ts';
import { openPullRequest, type ReviewScene } from './support/review.ts';
import { type Issue, type RunningApp, startRunningApp } from './support/running-app.ts';

/* Plans and their approval through the running App; the worker's part is written into the table. */

let running: RunningApp;
let scene: ReviewScene;

beforeAll(async () => {
  running = await startRunningApp();
  scene = await openPullRequest(running);
});
afterEach(() => expect(running.github.violations()).toEqual([]));
afterAll(() => running.close());

const submission = {
  title: 'Add the numbers up',
  summary: '1. Use plus in `sum`.\n2. Ask @acme/web to look.',
  changes: ['`src/sum.js`: plus'],
  verification: [],
  not_done: ['What about negative numbers?'],
  risks: [],
};

async function said(issue: Issue, body: string, login = 'requester'): Promise<string> {
  await running.comment(issue, login, body);
  expect(await running.pump()).toEqual([]);
  return (await running.comments(issue)).at(-1)?.body ?? '';
}

async function jobsOf(request: Request | undefined) {
  return running.jobs.ofRequest(request?.id ?? '-');
}

/** Ends all that a request still does, so that its repository is free. */
async function endAll(request: Request | undefined): Promise<void> {
  for (const job of await jobsOf(request))
    if (['queued', 'starting'].includes(job.state)) await running.jobs.move(job, 'cancelled');
  await running.pump();
}

/** Asks for a plan, and ends its jobs as a worker does, without telling the App. */
async function planned(issue: Issue, options = ''): Promise<Request> {
  await said(issue, `/cody --plan ${options} Add it up`);
  const request = await running.requestOf(issue);
  for (const job of await jobsOf(request)) {
    const claimed = await running.jobs.claim({
      id: job.id,
      attempt: job.attempt,
      attemptKeySha256: job.attempt_key_sha256 ?? '',
      owner: 'worker',
      leaseMs: 60_000,
    });
    const cause = { code: 'planned' as const, sentence: 'Nothing was changed.' };
    await running.jobs.move(claimed!, 'planned', { submission, cause });
  }
  return request!;
}

async function show({ id }: Request): Promise<void> {
  await running.queues.ingest.send({ type: 'report', request_id: id });
  expect(await running.pump()).toEqual([]);
}

const Sha = z.object({ sha: z.string() });

/** Adds an empty commit to a branch of acme/web and returns its sha. */
async function push(branch: string): Promise<string> {
  const at = z
    .object({ object: Sha })
    .parse(await scene.call('writer', `GET git/ref/heads/${branch}`)).object.sha;
  const { tree } = z
    .object({ tree: Sha })
    .parse(await scene.call('writer', `GET git/commits/${at}`));
  const commit = { message: 'Go on', tree: tree.sha, parents: [at] };
  const { sha } = Sha.parse(await scene.call('writer', 'POST git/commits', commit));
  await scene.call('writer', `PATCH git/refs/heads/${branch}`, { sha });
  await running.github.settled();
  await running.pump();
  return sha;
}

it('is shown with its hash and approved once, as it was, on the commit that it was made for', async () => {
  const issue = running.issue('acme', 'web');
  const request = await planned(issue, '--budget 3 --draft --path src');
  const [plan] = await jobsOf(request);
  expect(request).toMatchObject({ plan: true, budget_micro_usd: 3_000_000 });
  expect(await said(issue, `/cody approve ${request.id}`)).toContain('is not posted yet');

  await show(request);
  const bodies = (await running.comments(issue)).map(({ body }) => body);
  const status = bodies.find((body) => body.includes('**Cody: plan ready**'));
  const closing = bodies.at(-1);
  const stored = z
    .object({ sha256: z.string() })
    .parse(await running.table.get(keys.plan(request.id)));
  expect(status).toContain(`\`/cody approve ${request.id}\` carries out the plan`);
  expect(closing).toContain(`/cody approve ${request.id}`);
  expect(closing).toContain(`\`${stored.sha256.slice(0, 12)}\``);
  expect(closing).toContain('at most $3.00');
  expect(closing).toContain('What about negative numbers?');
  expect(closing).toContain('`@acme/web`');
  expect(await said(issue, '/cody status')).toContain(`/cody approve ${request.id}`);

  const elsewhere = running.issue('acme', 'api');
  expect(await said(elsewhere, `/cody approve ${request.id}`)).toContain('has no request');
  const byReader = await said(issue, `/cody approve ${request.id}`, 'reader');
  expect(byReader).toContain('You need write permission');
  expect(await said(issue, '/cody continue')).toContain('Nothing is left to continue');

  await push('main');
  await said(issue, `/cody approve ${request.id}`, 'writer');
  const approved = await running.requestOf(issue);
  const approval = { request_id: request.id, sha256: stored.sha256 };
  expect(approved).toMatchObject({
    requester: { login: 'writer' },
    parent: request.id,
    prompt: request.prompt,
    budget_micro_usd: 3_000_000,
    draft: true,
    path: 'src',
    approved_plan: approval,
  });
  expect(approved?.plan).toBeUndefined();
  const [job] = await jobsOf(approved);
  expect(job).toMatchObject({ approved_plan: plan?.id, base_sha: plan?.base_sha });
  const day = new Date(running.now()).toISOString().slice(0, 10);
  const audited = await running.table.query({ partition: keys.audit(day, '').pk });
  expect(audited).toContainEqual(
    expect.objectContaining({
      request_id: approved?.id,
      requester: expect.objectContaining({ login: 'writer' }) as unknown,
      approved_plan: approval,
    }),
  );
  await endAll(approved);
  expect(await said(issue, `/cody approve ${request.id}`)).toContain(
    `taken up by request \`${approved?.id}\` already`,
  );
  // What failed of it starts over with the plan, on the commit that the plan was made for.
  await said(issue, `/cody retry ${approved?.id}`);
  const [again] = await jobsOf(await running.requestOf(issue));
  expect(again?.approved_plan).toBe(plan?.id);
  expect(again?.base_sha).toBe(plan?.base_sha);
  await endAll(await running.requestOf(issue));
});

it('is refused once what is stored is not what was shown', async () => {
  const issue = running.issue('acme', 'api');
  const request = await planned(issue);
  await show(request);
  const other = { ...submission, summary: '1. Delete everything.' };
  const key = keys.job(request.job_ids[0] ?? '');
  await running.table.transact([{ type: 'update', key, set: { submission: other } }]);
  const reply = await said(issue, `/cody approve ${request.id}`);
  expect(reply).toContain('is not stored any more as it was posted');
});

it('of a pull request holds for the head that it was made for', async () => {
  const { head } = z
    .object({ head: z.object({ ref: z.string(), sha: z.string() }) })
    .parse(await scene.call('writer', `GET pulls/${scene.pull.number}`));
  const first = await planned(scene.pull);
  await show(first);
  await said(scene.pull, `/cody approve ${first.id}`);
  const approved = await running.requestOf(scene.pull);
  const iteration = { pull_request: scene.pull.number };
  expect(await jobsOf(approved)).toMatchObject([
    { base_sha: head.sha, base_branch: head.ref, iteration },
  ]);
  await endAll(approved);

  const second = await planned(scene.pull);
  await show(second);
  await push(head.ref);
  const reply = await said(scene.pull, `/cody approve ${second.id}`);
  expect(reply).toContain('has new commits since the plan was made');
});

it('is planned again by a retry after a failure', async () => {
  const issue = running.issue('acme', 'one');
  await said(issue, '/cody --plan Add it up');
  const request = await running.requestOf(issue);
  await endAll(request);
  expect(await said(issue, `/cody approve ${request?.id}`)).toContain('none of its jobs ended');
  await said(issue, '/cody retry');
  expect(await running.requestOf(issue)).toMatchObject({ plan: true, parent: request?.id });
  await endAll(await running.requestOf(issue));
});

it('expires after seven days', async () => {
  const issue = running.issue('acme', 'two');
  const request = await planned(issue);
  await show(request);
  running.pass(7 * 24 * 3_600_000);
  expect(await said(issue, `/cody approve ${request.id}`)).toContain('older than 7 days');
});
