import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webhookAttributes } from '../../core/message.ts';
import type { Request } from '../../core/request.ts';
import { openPullRequest, type ReviewScene } from './support/review.ts';
import { type RunningApp, startRunningApp } from './support/running-app.ts';

let running: RunningApp;
let scene: ReviewScene;

beforeAll(async () => {
  running = await startRunningApp();
});
beforeEach(async () => {
  scene = await openPullRequest(running);
  expect(await running.pump()).toEqual([]);
});
afterEach(async () => {
  const request = await running.requestOf(scene.pull);
  if (request) await endAll(request);
  await running.pump();
  expect(running.github.violations()).toEqual([]);
  running.github.faults.clear();
});
afterAll(() => running.close());

async function endAll({ id }: Request): Promise<void> {
  for (const job of await running.jobs.ofRequest(id))
    if (['queued', 'starting'].includes(job.state))
      await running.jobs.move(job, 'failed', {
        cause: { code: 'worker_lost', sentence: 'The worker was lost.' },
      });
}

/** The App's replies in the threads of the pull request. */
async function replies() {
  const all = await scene.remarks();
  return all
    .filter(({ user }) => user.login === 'cody[bot]')
    .map(({ in_reply_to_id, body }) => ({ thread: in_reply_to_id, body }));
}

async function conversation(): Promise<readonly string[]> {
  return (await running.comments(scene.pull)).map(({ body }) => body);
}

/** All requests of the pull request, as an id and the places of what they are about. */
async function requests() {
  const { name, owner, number: issue_number } = scene.pull;
  const request = await running.requestOf(scene.pull);
  if (!request) return [];
  const repository = { id: request.source.repository.id, owner, name, private: false };
  return running.requests.ofThread({ repository, issue_number }, 10);
}

/** Takes the deliveries that wait, in the order of their events' names. */
async function deliver(order: readonly string[]): Promise<void> {
  const taken = { max: 10, waitSeconds: 0, visibilitySeconds: 60 };
  const messages = await running.queues.ingest.receive(taken);
  const rank = (one: (typeof messages)[number]) =>
    order.indexOf(one.attributes[webhookAttributes.event] ?? '');
  for (const message of messages.toSorted((a, b) => rank(a) - rank(b))) {
    await running.app.ingest(message);
    await running.queues.ingest.remove(message.receipt);
  }
}

const events = ['pull_request_review', 'pull_request_review_comment'];

describe('a submitted review', () => {
  it.each([[events], [events.toReversed()]])(
    'becomes one request when its events come as %s',
    async (order) => {
      await scene.review('requester', '/cody Do what the remarks say', ['Use words.', '/cody No']);
      await deliver(order);
      expect(await running.pump()).toEqual([]);
      const [request, ...more] = await requests();
      expect(more).toEqual([]);
      const ids = (await scene.remarks()).map(({ id }) => id);
      expect(request).toMatchObject({
        prompt_excerpt: 'Do what the remarks say',
        source: { type: 'review', comment_ids: ids, thread_ids: ids },
      });
      expect(await running.jobs.ofRequest(request!.id)).toHaveLength(1);
      const [first] = ids;
      const marks = await scene.call('writer', `GET pulls/comments/${first}/reactions`);
      expect(marks).toMatchObject([{ content: 'eyes' }]);
    },
  );

  it('takes several prompts in its remarks together, and tells each of their threads once', async () => {
    await scene.review('requester', '', ['/cody --budget 1 Say more', 'Fine', '/cody Say less']);
    expect(await running.pump()).toEqual([]);
    const [request, ...more] = await requests();
    expect(more).toEqual([]);
    expect(request).toMatchObject({ budget_micro_usd: 1_000_000 });
    expect(request?.prompt_excerpt).not.toContain('One review asks');
    expect(request?.prompt_excerpt).toContain(' · ');
    await endAll(request!);
    const report = { type: 'report', request_id: request!.id };
    const record = { id: 'm', body: JSON.stringify(report), attributes: {} };
    await running.app.ingest(record);
    await running.app.ingest(record);
    const [first, , third] = await scene.remarks();
    expect((await replies()).map(({ thread }) => thread)).toEqual([first?.id, third?.id]);
    expect((await replies())[0]?.body).toContain('The worker was lost.');
    expect((await conversation()).at(-1)).toContain(`cody-batch:closing:${request!.id}`);
  });
});

describe('a remark on a line', () => {
  it('is answered once in its thread, also when it is delivered again', async () => {
    const thread = await scene.remark('requester', 'Is this right?');
    await scene.remark('requester', '/cody help', thread);
    expect(await running.pump()).toEqual([]);
    for (const record of running.handled) await running.app.ingest(record);
    expect(await replies()).toMatchObject([{ thread }]);
    expect((await replies())[0]?.body).toContain('/cody status');
    expect(await conversation()).toEqual([]);
  });

  it('is answered there when it is refused', async () => {
    const thread = await scene.remark('reader', '/cody Fix it');
    expect(await running.pump()).toEqual([]);
    expect(await replies()).toMatchObject([{ thread }]);
    expect((await replies())[0]?.body).toContain('You need write permission');
    expect(await requests()).toEqual([]);
  });

  it('is told of the end in its thread, although the answer to the first try was lost', async () => {
    const thread = await scene.remark('requester', '/cody Fix it');
    expect(await running.pump()).toEqual([]);
    const [request] = await requests();
    expect(request?.source).toMatchObject({ type: 'review_comment', thread_id: thread });
    await endAll(request!);
    const replying = { method: 'POST', path: /comments\/\d+\/replies$/ };
    running.github.faults.add({ ...replying, when: 'after', destroy: true });
    const report = { type: 'report', request_id: request!.id };
    const record = { id: 'm', body: JSON.stringify(report), attributes: {} };
    await expect(running.app.ingest(record)).rejects.toThrow();
    await running.app.ingest(record);
    expect(await replies()).toMatchObject([{ thread }]);
    expect((await conversation()).at(-1)).toContain('cody-batch:closing');
  });

  it('keeps nobody from hearing of the end when it was deleted', async () => {
    const thread = await scene.remark('requester', '/cody Fix it');
    expect(await running.pump()).toEqual([]);
    await scene.call('requester', `DELETE pulls/comments/${thread}`);
    const [request] = await requests();
    await endAll(request!);
    const report = { type: 'report', request_id: request!.id };
    await running.app.ingest({ id: 'm', body: JSON.stringify(report), attributes: {} });
    expect(await replies()).toEqual([]);
    expect((await conversation()).at(-1)).toContain('cody-batch:closing');
    expect((await running.requests.report(request!.id))?.replied_threads).toEqual([thread]);
  });
});
