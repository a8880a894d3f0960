import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { budgetKeys } from '../../../core/store/budget.ts';
import type { Request } from '../../../core/request.ts';
import { type Issue, type RunningApp, startRunningApp } from '../support/running-app.ts';

let running: RunningApp;

beforeAll(async () => {
  running = await startRunningApp();
});
afterEach(() => {
  expect(running.github.violations()).toEqual([]);
  running.github.faults.clear();
});
afterAll(() => running.close());

/** Posts a comment, lets the App handle it, and returns what the App then says on the issue. */
async function say(
  body: string,
  { login = 'requester', issue = running.issue('acme', 'web') } = {},
) {
  const id = await running.comment(issue, login, body);
  const errors = await running.pump();
  const comments = await running.comments(issue);
  const replies = comments.filter(({ author }) => author === 'cody[bot]').map(({ body }) => body);
  return { issue, id, errors, replies, request: await running.requestOf(issue) };
}

async function jobsOf(request: Request | undefined) {
  return running.jobs.ofRequest(request?.id ?? '-');
}

/** Frees the slots that a request holds. */
async function endAll(request: Request | undefined) {
  for (const job of await jobsOf(request)) {
    if (['queued', 'starting'].includes(job.state)) await running.jobs.move(job, 'cancelled');
  }
}

describe('a prompt in an issue comment', () => {
  it('becomes a request with one job per repository, 👀 and one status comment', async () => {
    const said = await say('/cody --repo acme/web --repo acme/api@main --budget 3 Fix the sums');
    expect(said.errors).toEqual([]);
    expect(said.request).toMatchObject({
      prompt_excerpt: 'Fix the sums',
      budget_micro_usd: 3_000_000,
      requester: { id: 4242, login: 'requester' },
      model: 'claude-sonnet-5-5',
      effort: 'high',
      open_pull_request: true,
    });
    const jobs = await jobsOf(said.request);
    expect(jobs.map((job) => `${job.repository.name}@${job.base_branch}`)).toEqual([
      'web@main',
      'api@main',
    ]);
    expect(jobs.map((job) => job.state)).toEqual(['starting', 'starting']);
    expect(jobs.map((job) => job.budget_micro_usd)).toEqual([1_500_000, 1_500_000]);
    expect(await running.reactions(said.issue, said.id)).toEqual(['eyes']);
    expect(said.replies).toHaveLength(1);
    expect(said.replies[0]).toContain('acme/api@main');
    await endAll(said.request);
  });

  it('reaches an installation of another account with its own token', async () => {
    const { request } = await say('/cody --repo globex/partner Fix it');
    const [job] = await jobsOf(request);
    expect(job?.repository.owner).toBe('globex');
    expect(job?.installation_id).not.toBe(request?.source.installation_id);
    await endAll(request);
  });

  it('splits the default budget by the caps of job and request', async () => {
    const targets = ['web', 'api', 'one', 'two'].map((name) => `--repo acme/${name}`).join(' ');
    const { request } = await say(`/cody ${targets} Fix it`);
    expect(request?.budget_micro_usd).toBe(8_000_000);
    await endAll(request);
  });

  it('is handled once although it is delivered twice', async () => {
    const { issue, request } = await say('/cody Fix it');
    const before = await jobsOf(request);
    for (const delivery of running.github.deliveries().slice(-3))
      await running.github.redeliver(delivery.id);
    await running.github.settled();
    expect(await running.pump()).toEqual([]);
    expect(await jobsOf(request)).toHaveLength(before.length);
    expect(await running.comments(issue)).toHaveLength(2);
    await endAll(request);
  });

  it('is ignored when it comes again with another body under the same comment id', async () => {
    const { request, issue } = await say('/cody Fix it');
    const forged = running.handled
      .filter(({ attributes }) => attributes['github-event'] === 'issue_comment')
      .map((one) => ({
        ...one,
        body: Buffer.from(
          Buffer.from(one.body, 'base64').toString('utf8').replaceAll('Fix it', 'Do other things'),
        ).toString('base64'),
      }));
    for (const one of forged) await running.app.ingest(one);
    await running.pump();
    expect((await running.requestOf(issue))?.prompt_excerpt).toBe('Fix it');
    await endAll(request);
  });

  it('goes on after a crash between the transaction and the messages', async () => {
    running.github.faults.add({
      method: 'POST',
      path: /reactions$/,
      when: 'before',
      destroy: true,
    });
    const { request, errors, id, issue } = await say('/cody Fix it');
    expect(errors).toHaveLength(1);
    expect(await running.reactions(issue, id)).toEqual([]);
    await running.app.ingest(running.handled.find((one) => isComment(one.body, id))!);
    await running.pump();
    expect(await running.reactions(issue, id)).toEqual(['eyes']);
    expect(await running.comments(issue)).toHaveLength(2);
    expect(await jobsOf(request)).toHaveLength(1);
    await endAll(request);
  });

  it('reserves its budget once for the day and the month', async () => {
    const { request } = await say('/cody --budget 1 Fix it');
    const [day] = budgetKeys({
      installation_id: request!.source.installation_id,
      requester_id: 4242,
      created_at: request!.created_at,
    });
    const before = (await running.table.get(day)) as { committed: number };
    await endAll(request);
    const after = (await running.table.get(day)) as { committed: number };
    expect(before.committed - after.committed).toBe(1_000_000);
  });
});

function isComment(body: string, id: number): boolean {
  return Buffer.from(body, 'base64').toString('utf8').includes(`"id":${id},`);
}

describe('a comment that is no command', () => {
  it.each([
    ['in a code block', '```\n/cody Fix it\n```'],
    ['in a quote', '> /cody Fix it'],
    ['inside of a sentence', 'Try `/cody Fix it` here.'],
  ])('is ignored %s', async (_, body) => {
    const { replies, request } = await say(body);
    expect(replies).toEqual([]);
    expect(request).toBeUndefined();
  });
});

async function refused(body: string, more: { login?: string; issue?: Issue } = {}) {
  const said = await say(body, more);
  expect(said.request).toBeUndefined();
  expect(said.errors).toEqual([]);
  expect(said.replies).toHaveLength(1);
  expect(said.replies[0]).toContain('Nothing was started');
  return said.replies[0]!;
}

/** What is said about a target, without its name. */
async function refusedWords(named: string): Promise<string> {
  const issue = running.issue('acme', 'web');
  await running.comment(issue, 'requester', `/cody --repo ${named} Fix it`);
  await running.pump();
  const comments = await running.comments(issue);
  return comments
    .at(-1)!
    .body.replace(/<!--.*?-->/, '')
    .replaceAll(named, 'NAMED');
}

describe('a prompt that is refused', () => {
  it('comes from someone who may only read', async () => {
    expect(await refused('/cody Fix it', { login: 'reader' })).toContain('write permission');
  });

  it('comes from an outsider', async () => {
    expect(await refused('/cody Fix it', { login: 'outsider' })).toContain('`acme/web`');
  });

  it('does not tell an outsider anything about a target', async () => {
    const reply = await refused('/cody --repo acme/vault Fix it', { login: 'outsider' });
    expect(reply).not.toContain('vault');
  });

  it('names a repository that does not exist, is private or has no App, in the same words', async () => {
    const replies: string[] = [];
    for (const named of ['acme/nothing', 'acme/vault', 'acme/secret', 'outsider/own', 'no/where'])
      replies.push(await refusedWords(named));
    expect(new Set(replies).size).toBe(1);
    expect(replies[0]).toContain('does not exist, or');
  });

  it.each([
    ['is archived', '--repo acme/old', 'archived'],
    ['has no commit', '--repo acme/bare', 'no commit yet'],
    ['has no such branch', '--repo acme/api@nowhere', 'no branch `nowhere`'],
    ['may only be read', '--repo acme/readonly', 'write permission in `acme/readonly`'],
    ['is named twice', '--repo acme/api --repo ACME/API', 'more than once'],
  ])('names a target that %s', async (_, options, words) => {
    expect(await refused(`/cody ${options} Fix it`)).toContain(words);
  });

  it('names every problem at once', async () => {
    const reply = await refused('/cody --repo acme/old --repo acme/bare --model gpt Fix it');
    expect(reply.match(/^- /gm)).toHaveLength(3);
  });

  it('has more than five targets', async () => {
    const targets = Array.from({ length: 6 }, (_, index) => `--repo acme/r${index}`).join(' ');
    expect(await refused(`/cody ${targets} Fix it`)).toContain('at most 5');
  });

  it('wants more money than the policy allows', async () => {
    expect(await refused('/cody --budget 11 Fix it')).toContain('$10.00');
  });

  it('has an option that is misspelt', async () => {
    expect(await refused('/cody --repos acme/api Fix it')).toContain('`--repo`');
  });

  it('stands beside a second one', async () => {
    expect(await refused('/cody Fix it\n\n/cody Fix that')).toContain('One command per comment');
  });

  it('goes from a private place to a public one', async () => {
    const issue = running.issue('acme', 'secret');
    const reply = await refused('/cody --repo acme/api Fix it', { issue });
    expect(reply).toContain('With `--allow-public`');
  });

  it('is answered once although the answer to the first post was lost', async () => {
    const issue = running.issue('acme', 'web');
    const id = await running.comment(issue, 'requester', '/cody --budget 11 Fix it');
    running.github.faults.add({ method: 'POST', path: /comments$/, when: 'after', destroy: true });
    expect(await running.pump()).toHaveLength(1);
    await running.app.ingest(running.handled.find((one) => isComment(one.body, id))!);
    expect(await running.comments(issue)).toHaveLength(2);
  });
});

describe('a command that is delivered several times at the same moment', () => {
  it('is answered once', async () => {
    const issue = running.issue('acme', 'web');
    await running.comment(issue, 'requester', '/cody help');
    const wanted = { max: 1, waitSeconds: 1, visibilitySeconds: 60 };
    const [webhook] = await running.queues.ingest.receive(wanted);
    await running.queues.ingest.remove(webhook!.receipt);
    await Promise.all([1, 2, 3].map(() => running.app.ingest(webhook!)));
    expect(await running.comments(issue)).toHaveLength(2);
  });
});

describe('a prompt in a private repository', () => {
  it('may work on another private one that the requester may write to', async () => {
    const issue = running.issue('acme', 'secret');
    const { request } = await say('/cody Fix it', { issue });
    expect(await jobsOf(request)).toHaveLength(1);
    await endAll(request);
  });

  it('is told about an unreadable private repository as if it did not exist', async () => {
    const issue = running.issue('acme', 'secret');
    const { replies } = await say('/cody --repo acme/vault Fix it', { issue });
    expect(replies[0]).toContain('does not exist, or');
  });
});

describe('the other commands', () => {
  it('answers help', async () => {
    const { replies } = await say('/cody help');
    expect(replies).toHaveLength(1);
    expect(replies[0]).toContain('--repo owner/name[@branch]');
  });

  it('shows the latest request of the issue, and one by its id', async () => {
    const { issue, request } = await say('/cody Fix it');
    const latest = await say('/cody status', { issue });
    expect(latest.replies.at(-1)).toContain(request!.id);
    const byId = await say(`/cody status ${request!.id}`);
    expect(byId.replies.at(-1)).toContain('acme/web@main');
    await endAll(request);
  });

  it('says that there is nothing to show', async () => {
    expect((await say('/cody status')).replies[0]).toContain('no request on this issue');
  });

  it('does not show a request of another repository', async () => {
    const { request } = await say('/cody Fix it');
    const issue = running.issue('acme', 'api');
    const { replies } = await say(`/cody status ${request!.id}`, { issue });
    expect(replies[0]).toContain('has no request');
    await endAll(request);
  });

  it('cancels waiting jobs at once and marks running ones', async () => {
    const { issue, request } = await say('/cody --repo acme/web --repo acme/api Fix it');
    const [first, second] = await jobsOf(request);
    await running.jobs.requeue(second!, { notBefore: running.now() + 1e6, waitingFor: 'a test' });
    const { replies } = await say('/cody cancel', { issue });
    expect(replies.join('\n')).toContain('is being stopped');
    const [one, two] = await jobsOf(request);
    expect(one).toMatchObject({
      id: first!.id,
      state: 'starting',
      cancel_requested_by: 'requester',
    });
    expect(two).toMatchObject({ state: 'cancelled', cause: { code: 'cancelled_by_user' } });
    await endAll(request);
  });

  it('cancels one repository by its name', async () => {
    const { issue, request } = await say('/cody --repo acme/web --repo acme/api Fix it');
    await say('/cody cancel ACME/api', { issue });
    const jobs = await jobsOf(request);
    expect(jobs.map((job) => job.cancel_requested_by)).toEqual([undefined, 'requester']);
    await endAll(request);
  });

  it('lets nobody cancel who may only read', async () => {
    const { issue, request } = await say('/cody Fix it');
    const { replies } = await say('/cody cancel', { issue, login: 'reader' });
    expect(replies.at(-1)).toContain('can be cancelled by');
    expect((await jobsOf(request))[0]?.cancel_requested_by).toBeUndefined();
    await endAll(request);
  });

  it('retries only what failed, with the same prompt and share of the budget', async () => {
    const { issue, request } = await say('/cody --repo acme/web --repo acme/api --budget 3 Fix it');
    expect((await say('/cody retry', { issue })).replies.at(-1)).toContain('is not done yet');
    const [web, api] = await jobsOf(request);
    const claimed = await running.jobs.claim({
      id: web!.id,
      attempt: web!.attempt,
      attemptKeySha256: web!.attempt_key_sha256!,
      owner: 'worker',
      leaseMs: 60_000,
    });
    await running.jobs.move(claimed!, 'answered');
    const cause = { code: 'internal_error' as const, sentence: 'It broke.' };
    await running.jobs.move(api!, 'failed', { cause });
    expect((await say('/cody retry acme/web', { issue })).replies.at(-1)).toContain(
      'none of its jobs failed or was cancelled',
    );
    const again = await say('/cody retry', { issue });
    expect(again.request).toMatchObject({ prompt_excerpt: 'Fix it', budget_micro_usd: 1_500_000 });
    const jobs = await jobsOf(again.request);
    expect(jobs.map((job) => job.repository.name)).toEqual(['api']);
    expect(jobs[0]?.continues).toBeUndefined();
    expect(again.request?.parent).toBe(request?.id);
    await endAll(again.request);
    const twice = await say(`/cody retry ${request?.id}`, { issue });
    expect(twice.replies.at(-1)).toContain(`taken up by request \`${again.request?.id}\` already`);
  });

  it('goes on from another target with the part of that repository alone', async () => {
    const { request } = await say('/cody --repo acme/web --repo acme/api Fix it');
    await endAll(request);
    const issue = running.issue('acme', 'api');
    const told = (await say(`/cody status ${request?.id}`, { issue })).replies.at(-1);
    expect(told).toContain('acme/api@main');
    expect(told).not.toContain('acme/web@main');
    expect(told).toContain(`made [in another repository](${request?.source.url})`);
    expect((await say(`/cody approve ${request?.id}`, { issue })).replies.at(-1)).toContain(
      'A plan is approved as a whole',
    );
    const again = await say(`/cody retry ${request?.id}`, { issue });
    const jobs = await jobsOf(again.request);
    expect(jobs.map((job) => job.repository.name)).toEqual(['api']);
    expect(again.request?.parent).toBe(request?.id);
    await endAll(again.request);
  });

  it('takes a job up once when two commands come at the same moment', async () => {
    const { issue, request } = await say('/cody Fix it');
    await endAll(request);
    await running.comment(issue, 'requester', `/cody retry ${request?.id}`);
    await running.comment(issue, 'requester', `/cody retry ${request?.id}`);
    await running.github.settled();
    const received = await running.queues.ingest.receive({
      max: 10,
      waitSeconds: 1,
      visibilitySeconds: 60,
    });
    await Promise.all(received.map((one) => running.app.ingest(one)));
    await running.pump();
    const replies = (await running.comments(issue)).map(({ body }) => body);
    expect(replies.filter((body) => body.includes('was taken up by'))).toHaveLength(1);
    await endAll(await running.requestOf(issue));
  });

  it('tells what is spent, in a public place only what is the own', async () => {
    const { replies } = await say('/cody usage');
    expect(replies[0]).toContain('Today (UTC), requester');
    expect(replies[0]).not.toContain('installation');
    const place = { issue: running.issue('acme', 'secret') };
    const inPrivate = await say('/cody usage', place);
    expect(inPrivate.replies[0]).toContain('This month (UTC), this installation');
  });

  it('says where prompts can be saved when there is none', async () => {
    expect((await say('/cody prompts')).replies[0]).toContain('No prompt is saved');
    const { replies, request } = await say('/cody run nightly');
    expect(replies[0]).toContain('No prompt is saved as `nightly`');
    expect(request).toBeUndefined();
  });

  it('tells that GitHub does not show the files, and tries no more', async () => {
    const path = /\/contents\//;
    running.github.faults.add({ method: 'GET', path, when: 'before', status: 403 });
    const { replies, errors } = await say('/cody prompts');
    expect(errors).toEqual([]);
    expect(replies[0]).toContain('Not started: GitHub refused');
  });

  it('knows only the sets of the organization', async () => {
    const { replies, request } = await say('/cody --set services Fix it');
    expect(replies[0]).toContain('has no set `services`');
    expect(request).toBeUndefined();
  });
});
