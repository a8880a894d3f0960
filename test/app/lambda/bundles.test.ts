import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../../core/store/table-schema.ts';
import { metricProblems, withMetrics } from '../../support/embedded-metrics.ts';
import { botReactions, until } from '../../support/e2e.ts';
import { bundleFunctions } from '../../infra/support/bundle.ts';
import { sqsEvent, startFunctions, urlEvent } from './function-stack.ts';

/*
 * Every function through its exported handler, as it would be uploaded. The tests follow one command from the webhook
 * to its end, so their order matters.
 */

let folder: string;
let bundles: Awaited<ReturnType<typeof bundleFunctions>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-bundles-'));
  bundles = await bundleFunctions(folder);
});

let stack: Awaited<ReturnType<typeof startFunctions>>;
beforeAll(async () => {
  stack = await startFunctions(bundles);
  await stack.repository({ name: 'web', files: { 'readme.md': 'hello\n' } });
});
afterAll(async () => {
  stack.github.setWebhookUrl(undefined);
  await stack.hook.close();
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

function signed(body: string, secret: string) {
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  const headers = {
    'x-github-event': 'ping',
    'x-github-delivery': '00000000-0000-0000-0000-000000000001',
    'x-hub-signature-256': `sha256=${digest}`,
  };
  return urlEvent({ method: 'POST', url: '/', headers }, Buffer.from(body));
}

function get(url: string, host: string) {
  const headers = { 'x-forwarded-host': host };
  return stack.call('web', urlEvent({ url, headers }, Buffer.alloc(0)));
}

const job: Record<string, string> = {};
const present = () => stack.job(job['CODY_JOB_ID'] ?? '');

describe('the functions as they are deployed', () => {
  it('refuse a webhook that nobody signed', async () => {
    const answer = await stack.call('receive', signed('{"zen":"é"}', 'another secret of someone'));
    expect(answer.statusCode).toBe(401);
  });

  it('take a signed webhook whose body is not plain ASCII', async () => {
    const secret = stack.env['WEBHOOK_SECRET'] ?? '';
    expect((await stack.call('receive', signed('{"zen":"é"}', secret))).statusCode).toBe(202);
  });

  it('name what is missing, and work as soon as it is there', async () => {
    const name = '/cody-batch/test/ANTHROPIC_API_KEY';
    const key = stack.parameters.get(name) ?? '';
    stack.parameters.delete(name);
    const event = urlEvent({ method: 'POST', headers: {} }, Buffer.from('{}'));
    await expect(stack.call('broker', event)).rejects.toThrow('ANTHROPIC_API_KEY is missing');
    stack.parameters.set(name, key);
    expect((await stack.call('broker', event)).statusCode).toBe(400);
  });

  it('carry a comment from its webhook into the queue', async () => {
    stack.github.setWebhookUrl(stack.hook.url);
    const asked = await stack.comment(
      { name: 'web', issue: stack.issue('web') },
      '/cody Say hello',
    );
    await until('the webhook is answered', () => stack.hook.answers.includes(202));
    stack.github.setWebhookUrl(undefined);
    const event = await stack.next('ingest');
    expect(await stack.call('ingest', event)).toEqual({ batchItemFailures: [] });
    expect(await botReactions(stack, asked)).toEqual(['eyes']);
  });

  it('start a worker for its job, with ids alone and a key', async () => {
    const event = await stack.next('jobs');
    expect(await stack.call('dispatch', event)).toEqual({ batchItemFailures: [] });
    Object.assign(job, stack.started[0]);
    expect(Object.keys(job).toSorted()).toEqual([
      'CODY_ATTEMPT',
      'CODY_ATTEMPT_KEY',
      'CODY_JOB_ID',
    ]);
  });

  it("hand the model's key to the worker of that attempt and to nobody else", async () => {
    const ask = (key: string) => {
      const { CODY_JOB_ID: job_id, CODY_ATTEMPT: attempt } = job;
      const body = JSON.stringify({ job_id, attempt: Number(attempt), key, want: 'model' });
      const headers = { 'content-type': 'application/json' };
      return stack.call('broker', urlEvent({ method: 'POST', headers }, Buffer.from(body)));
    };
    const mine = await ask(job['CODY_ATTEMPT_KEY'] ?? '');
    expect(JSON.parse(mine.body)).toEqual({
      type: 'model',
      api_key: stack.env['ANTHROPIC_API_KEY'],
    });
    expect((await ask('k'.repeat(43))).statusCode).toBe(403);
  });

  it('look after what is due, and leave a running task alone', async () => {
    expect(await stack.call('sweep', { time: '2026-01-01T00:00:00Z' })).toMatchObject({
      full: false,
    });
    expect(await present()).toMatchObject({ state: 'starting', attempt: 1 });
  });

  it('put a job back whose task has ended without it', async () => {
    for (const event of await stack.stopTasks()) await stack.call('settle', event);
    expect(await present()).toMatchObject({ state: 'queued' });
  });

  it('make a visible end of a job whose messages all failed', async () => {
    const body = JSON.stringify({ type: 'job', job_id: job['CODY_JOB_ID'] });
    const message = { id: '1', receipt: 'r', body, receives: 6, attributes: {} };
    expect(await stack.call('bury', sqsEvent(message))).toEqual({ batchItemFailures: [] });
    expect(await present()).toMatchObject({ state: 'failed', cause: { code: 'undeliverable' } });
  });

  it('say in each line which request and job it is about, with metrics that CloudWatch takes', () => {
    const lines = stack.lines.map((line): Record<string, unknown> => JSON.parse(line));
    const id = job['CODY_JOB_ID'] ?? '';
    const without = lines.filter(({ request }) => request !== requestOf(id)).map(({ msg }) => msg);
    // Before there is a request, and about all of them.
    const general = ['Webhook', 'Event ignored', 'Swept'];
    expect(without.filter((msg) => !general.includes(String(msg)))).toEqual([]);
    const ofJob = lines.filter((line) => line['job'] === id).map(({ msg }) => msg);
    expect(ofJob).toEqual([
      'Worker started',
      'Stage reached',
      'Broker answered',
      'Broker refused a key',
      'Task stopped before its job ended',
      'Job recovered',
      'Dead letter taken',
      'Job ended',
      'A job could not be started',
    ]);
    const counted = withMetrics(stack.lines);
    expect(counted.flatMap(metricProblems)).toEqual([]);
    expect(counted.flatMap((line) => Object.keys(line))).toEqual(
      expect.arrayContaining([
        'Webhooks',
        'RequestsAccepted',
        'StageTime',
        'WorkersStarted',
        'JobsEnded',
        'Sweeps',
      ]),
    );
  });

  it('tell which messages of a batch have to come again', async () => {
    await expect(stack.call('ingest', { Records: 'none' })).rejects.toThrow();
    const unreadable = { id: '1', receipt: 'r', body: 'none', receives: 1, attributes: {} };
    expect(await stack.call('ingest', sqsEvent(unreadable))).toEqual({ batchItemFailures: [] });
  });

  it('serve pages and API over a function URL, by the name that the browser used', async () => {
    const answer = await get('/api/health', 'pages.example.com');
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 'ok',
      version: expect.stringMatching(/^\d/),
    });
    // A stranger is asked to sign in.
    expect((await get('/', 'pages.example.com')).statusCode).toBe(401);
    expect((await get('/api/health', 'other.example.com')).statusCode).toBe(421);
  });
});
