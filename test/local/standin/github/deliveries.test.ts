import { afterAll, beforeAll, expect, it } from 'vitest';

import { kinds, type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const issue = (title: string) =>
  running.call('POST /repos/acme/web/issues', {
    token: running.person('requester'),
    body: { title },
  });
const app = (operation: string) => running.call(operation, { token: running.jwt() });

it('signs what it sends and names event, hook and target', async () => {
  await issue('One');
  await running.standin.settled();
  const [delivery] = running.standin.deliveries();
  expect(running.received).toMatchObject([{ event: 'issues', valid: true, guid: delivery?.guid }]);
  expect(delivery?.requestHeaders).toMatchObject({
    'x-github-hook-installation-target-type': 'integration',
    'x-github-hook-installation-target-id': String(running.appId),
  });
  expect(delivery?.requestHeaders['x-hub-signature']).toBeUndefined();
});

it('lists deliveries, newest first, with a cursor and by outcome', async () => {
  running.standin.setWebhookUrl('http://127.0.0.1:9/');
  await issue('Two');
  await running.standin.settled();
  const first = await app('GET /app/hook/deliveries?per_page=1');
  expect(first.body).toMatchObject([{ event: 'issues', action: 'opened', status_code: 502 }]);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await app(`GET ${new URL(next).pathname}${new URL(next).search}`);
  expect(second.body).toMatchObject([{ status: 'OK', status_code: 202, redelivery: false }]);
  expect((await app('GET /app/hook/deliveries?status=failure')).body).toMatchObject([
    { status_code: 502 },
  ]);
  const one = await app(`GET /app/hook/deliveries/${first.num('0.id')}`);
  expect(one.body).toMatchObject({
    request: { payload: { action: 'opened', issue: { title: 'Two' } } },
  });
});

it('delivers again under the same GUID when it is asked to', async () => {
  const url = running.standin.deliveries()[0]?.url;
  running.standin.setWebhookUrl(url);
  const failed = await app('GET /app/hook/deliveries?status=failure');
  expect((await app(`POST /app/hook/deliveries/${failed.num('0.id')}/attempts`)).status).toBe(202);
  await running.standin.settled();
  expect(running.received.at(-1)).toMatchObject({ guid: failed.str('0.guid'), valid: true });
  expect(running.standin.deliveries().at(-1)).toMatchObject({ redelivery: true, statusCode: 202 });
});

it('sends nothing about repositories where the App is not installed', async () => {
  const before = (await kinds(running)).length;
  await running.call('POST /repos/outsider/own/issues', {
    token: running.person('outsider'),
    body: { title: 'Private' },
  });
  expect(await kinds(running)).toHaveLength(before);
});

it('announces an installation when it is told to', async () => {
  await running.standin.seed.installation({
    account: 'outsider',
    repositories: ['own'],
    announce: true,
  });
  await running.standin.settled();
  expect(running.received.at(-1)).toMatchObject({
    event: 'installation',
    payload: { action: 'created', repositories: [{ full_name: 'outsider/own' }] },
  });
});
