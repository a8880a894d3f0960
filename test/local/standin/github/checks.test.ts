import { afterAll, beforeAll, expect, it } from 'vitest';

import { kinds, type Running, startRunning } from './running-standin.ts';

let running: Running;
let token: string;
let head: string;
beforeAll(async () => {
  running = await startRunning();
  token = await running.token();
  head = (await running.call('GET /repos/acme/web/git/ref/heads/main', { token })).str(
    'object.sha',
  );
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const RUNS = '/repos/acme/web/check-runs';
const create = (body: Record<string, unknown>) =>
  running.call(`POST ${RUNS}`, { token, body: { name: 'Cody', head_sha: head, ...body } });
const button = (identifier: string) => ({ label: 'Fix', description: 'Fix it', identifier });
const output = (summary: string) => ({ output: { title: 'Thread', summary } });

it('goes from queued over in progress to completed', async () => {
  const made = await create({ status: 'in_progress', external_id: 'job-1' });
  expect(made.body).toMatchObject({
    status: 'in_progress',
    conclusion: null,
    external_id: 'job-1',
    app: { slug: 'cody' },
    check_suite: { id: expect.any(Number) },
  });
  const done = await running.call(`PATCH ${RUNS}/${made.num('id')}`, {
    token,
    body: { conclusion: 'success', ...output('Done') },
  });
  expect(done.body).toMatchObject({
    status: 'completed',
    conclusion: 'success',
    output: { title: 'Thread', summary: 'Done', text: null },
  });
  expect(await kinds(running)).toEqual(
    expect.arrayContaining(['check_run.created', 'check_run.completed', 'check_suite.completed']),
  );
  const suite = await running.call(
    `GET /repos/acme/web/check-suites/${made.num('check_suite.id')}`,
    { token },
  );
  expect(suite.body).toMatchObject({ head_sha: head, head_branch: 'main', conclusion: 'success' });
});

it('lists the latest run of each name on a ref', async () => {
  const first = await create({ name: 'Listed', conclusion: 'failure' });
  const second = await create({ name: 'Listed', conclusion: 'success' });
  const where = '/repos/acme/web/commits/main/check-runs?check_name=Listed';
  const latest = await running.call(`GET ${where}`, { token });
  expect(latest.body).toMatchObject({ total_count: 1, check_runs: [{ id: second.num('id') }] });
  const all = await running.call(`GET ${where}&filter=all`, { token });
  expect(all.body).toMatchObject({ total_count: 2, check_runs: [{}, { id: first.num('id') }] });
});

it('appends annotations with every request', async () => {
  const note = {
    path: 'src/sum.js',
    start_line: 1,
    end_line: 1,
    annotation_level: 'notice',
    message: 'm',
  };
  const made = await create({ output: { title: 't', summary: 's', annotations: [note] } });
  const one = `${RUNS}/${made.num('id')}`;
  await running.call(`PATCH ${one}`, {
    token,
    body: { output: { title: 't', summary: 's', annotations: [note] } },
  });
  const listed = await running.call(`GET ${one}/annotations`, { token });
  expect(listed.body).toMatchObject([{ path: 'src/sum.js' }, { message: 'm' }]);
  const many = {
    output: { title: 't', summary: 's', annotations: Array.from({ length: 51 }, () => note) },
  };
  expect((await running.call(`PATCH ${one}`, { token, body: many })).status).toBe(422);
});

it('counts the bytes of summary and text', async () => {
  expect((await create(output('x'.repeat(65_535)))).status).toBe(201);
  expect((await create(output('x'.repeat(65_536)))).status).toBe(422);
  const inBytes = await create(output('é'.repeat(32_768)));
  expect(inBytes.status).toBe(422);
  expect(inBytes.str('message')).toContain('summary exceeds a maximum bytesize of 65535');
  expect(
    (await create({ output: { title: 't', summary: 's', text: '€'.repeat(21_846) } })).status,
  ).toBe(422);
});

it.each([
  ['four actions', { actions: ['a', 'b', 'c', 'd'].map(button) }],
  ['an identifier of 21 characters', { actions: [button('x'.repeat(21))] }],
  ['a label of 21 characters', { actions: [{ ...button('a'), label: 'x'.repeat(21) }] }],
  [
    'a description of 41 characters',
    { actions: [{ ...button('a'), description: 'x'.repeat(41) }] },
  ],
  ['a sha that is not there', { head_sha: '1'.repeat(40) }],
  ['a branch in place of a sha', { head_sha: 'main' }],
  ['completion without a conclusion', { status: 'completed' }],
  ['the conclusion stale', { conclusion: 'stale' }],
  ['an output without a summary', { output: { title: 't' } }],
])('refuses %s', async (_, body) => {
  expect((await create(body)).status).toBe(422);
});

it('is written by Apps only, and by the App that made it', async () => {
  const person = running.person('requester');
  const body = { name: 'Mine', head_sha: head };
  expect((await running.call(`POST ${RUNS}`, { token: person, body })).status).toBe(403);
  const made = await create({});
  const one = `${RUNS}/${made.num('id')}`;
  expect((await running.call(`PATCH ${one}`, { token: person, body: { name: 'x' } })).status).toBe(
    403,
  );
  expect((await running.call(`GET ${one}`, { token: person })).status).toBe(200);
  const weak = await running.token({ permissions: { checks: 'read' } });
  expect((await running.call(`POST ${RUNS}`, { token: weak, body })).status).toBe(403);
});

it('sends a pressed button to its App, from people who may write only', async () => {
  const made = await create({ conclusion: 'neutral', actions: [button('fix')] });
  const press = { owner: 'acme', name: 'web', checkRunId: made.num('id'), identifier: 'fix' };
  await running.standin.pressButton({ ...press, login: 'writer' });
  await running.standin.settled();
  expect(running.received.at(-1)).toMatchObject({
    event: 'check_run',
    payload: {
      action: 'requested_action',
      requested_action: { identifier: 'fix' },
      check_run: { id: made.num('id') },
      sender: { login: 'writer' },
    },
  });
  await expect(running.standin.pressButton({ ...press, login: 'reader' })).rejects.toThrow(
    'reader',
  );
  await expect(
    running.standin.pressButton({ ...press, login: 'writer', identifier: 'other' }),
  ).rejects.toThrow('no button');
});

it('leaves a run as it is when a person asks for it again, and queues its suite', async () => {
  const made = await create({ conclusion: 'failure' });
  const id = made.num('id');
  await running.standin.rerequest({ owner: 'acme', name: 'web', checkRunId: id, login: 'writer' });
  await running.standin.settled();
  expect(running.received.at(-1)?.payload).toMatchObject({
    action: 'rerequested',
    check_run: { id, status: 'completed', check_suite: { status: 'queued' } },
  });
  expect((await running.call(`GET ${RUNS}/${id}`, { token })).body).toMatchObject({
    conclusion: 'failure',
  });
});

it('puts two runs made at the same time into one suite', async () => {
  const [first, second] = await Promise.all([create({ name: 'A' }), create({ name: 'B' })]);
  expect(first?.num('check_suite.id')).toBe(second?.num('check_suite.id'));
});
