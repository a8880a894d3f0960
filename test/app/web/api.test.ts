import { handle } from 'hono/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../../core/store/table-schema.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { type Call, origin, type RunningWeb, startRunningWeb } from '../support/running-web.ts';

let running: RunningApp;
let web: RunningWeb;

beforeAll(async () => {
  running = await startRunningApp();
  web = await startRunningWeb(running);
});
afterAll(async () => {
  await running.close();
});

let keyCount = 0;

/** A call that starts something, under a key of its own unless one is given. */
function start(operation: string, call: Call, key = `key-${(keyCount += 1)}`) {
  return web.call(operation, { ...call, headers: { 'idempotency-key': key } });
}

const ask = (repositories: readonly string[], options: object = {}) => ({
  prompt: 'Fix the sums',
  repositories: repositories.map((repository) => ({ repository })),
  options,
});

async function started(as: string, repositories: readonly string[], options: object = {}) {
  // Small, so that the caller's day has room for all of them.
  const wishes = { budget_micro_usd: 100_000, ...options };
  const answer = await start('POST /requests', { as, body: ask(repositories, wishes) });
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return String(answer.body['id']);
}

const text = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+\u00e4\n';

const turn = (index: number) => ({
  type: 'turn',
  index,
  thinking: '',
  text: `Turn ${index}`,
  tools: [],
  usage: {
    input_tokens: 10,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    output_tokens: 5,
  },
  cost_micro_usd: 100,
  stop_reason: 'end_turn',
});

/** Ends a job as a worker does, as far as readers see it. */
async function ended(jobId: string, state = 'answered', code = 'answered') {
  const thread = {
    request_id: jobId.slice(0, 10),
    job_id: jobId,
    repository: 'acme/web',
    base_sha: '0'.repeat(40),
    requester: 'requester',
    prompt: 'A secret plan',
    model: 'claude-sonnet-5-5',
    effort: 'high',
    events: [turn(1), turn(2), turn(3)],
  };
  const set = {
    state,
    patch: await running.bucket.put('patch', text),
    thread: await running.bucket.put('thread', JSON.stringify(thread)),
    cause: { code, sentence: 'It ended.' },
    cost_micro_usd: 300,
    ended_at: running.now(),
  };
  await running.table.transact([{ type: 'update', key: keys.job(jobId), set }]);
}

const paths = (request: string) => [
  `GET /requests/${request}`,
  `POST /requests/${request}/cancel`,
  `POST /requests/${request}/retry`,
  `GET /jobs/${request}-1`,
  `GET /jobs/${request}-1/thread`,
  `GET /jobs/${request}-1/patch`,
  `GET /jobs/${request}-1/events`,
];

describe('the API', () => {
  it('tells a stranger to sign in, and says the same of everything', async () => {
    const bodies = new Set<string>();
    for (const { name, open } of web.contract.operations) {
      const path = name.replace('/jobs/{id}', '/jobs/0123456789-1').replace('{id}', '0123456789');
      const answer = await web.call(path, name.startsWith('POST') ? { body: {} } : {});
      expect([name, answer.status]).toEqual([name, open ? 200 : 401]);
      if (!open) bodies.add(answer.text);
    }
    expect(bodies.size).toBe(1);
    expect((await web.call('GET /me', { token: `cody_${'x'.repeat(43)}` })).status).toBe(401);
  });

  it('tells who somebody is and where they may work', async () => {
    expect((await web.call('GET /me', { as: 'requester' })).body).toMatchObject({
      user: { id: 4242, login: 'requester' },
      via: 'session',
    });
    const names = async (as: string, query = {}) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const part = await web.call('GET /repositories', {
          as,
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        });
        const body = part.body as unknown as {
          items: { owner: string; name: string }[];
          next_cursor?: string;
        };
        found.push(...body.items.map(({ owner, name }) => `${owner}/${name}`));
        cursor = body.next_cursor;
      } while (cursor !== undefined);
      return found.toSorted();
    };
    expect(await names('requester')).toEqual([
      'acme/api',
      'acme/bare',
      'acme/old',
      'acme/one',
      'acme/secret',
      'acme/two',
      'acme/web',
      'globex/partner',
    ]);
    expect(await names('requester', { query: 'partner' })).toEqual(['globex/partner']);
    expect(await names('reader')).toEqual([]);
  });

  it('starts a request once per key', async () => {
    const body = ask(['acme/web', 'acme/api'], { effort: 'low' });
    const first = await start('POST /requests', { as: 'requester', body }, 'once');
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      status: 'queued',
      prompt: 'Fix the sums',
      effort: 'low',
      source: { type: 'api', repository: { name: 'web' } },
      may_act: true,
    });
    expect(first.headers.get('location')).toBe(`/api/requests/${String(first.body['id'])}`);
    const again = await start('POST /requests', { as: 'requester', body }, 'once');
    expect([again.status, again.body['id']]).toEqual([200, first.body['id']]);
    const other = { as: 'requester', body: ask(['acme/web']) };
    expect(await start('POST /requests', other, 'once')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect((await web.call('POST /requests', { as: 'requester', body })).status).toBe(400);
    expect(await running.pump()).toEqual([]);
    const jobs = await running.jobs.ofRequest(String(first.body['id']));
    expect(jobs).toHaveLength(2);
    expect(jobs.every(({ state }) => state === 'starting')).toBe(true);
  });

  it('names every reason why a request is not started', async () => {
    const refused = async (as: string, repositories: string[]) => {
      const answer = await start('POST /requests', { as, body: ask(repositories) });
      expect(answer).toMatchObject({ status: 422, body: { code: 'refused' } });
      const { errors } = answer.body as unknown as { errors: { code: string; detail: string }[] };
      return errors.map(({ code }) => code);
    };
    expect(await refused('reader', ['acme/web'])).toEqual(['no_write_in_source']);
    expect(await refused('requester', ['acme/web', 'acme/old', 'acme/nothing'])).toEqual([
      'archived',
      'unknown_target',
    ]);
    // What is hidden is told like what does not exist.
    expect(await refused('requester', ['acme/vault'])).toEqual(
      await refused('requester', ['acme/nothing']),
    );
    const wrong = { prompt: '', repositories: [{ repository: 'web' }], colour: 'blue' };
    const answer = await start('POST /requests', { as: 'requester', body: wrong });
    expect(answer.status).toBe(400);
    const { errors } = answer.body as unknown as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).toSorted()).toEqual([
      '',
      'prompt',
      'repositories.0.repository',
    ]);
  });

  it('lists what may be seen in parts that hold still', async () => {
    const ids = [];
    for (let index = 0; index < 5; index += 1) ids.unshift(await started('writer', ['acme/one']));
    const query = { repository: 'acme/one', requester: 'writer', limit: '2' };
    const part = async (cursor?: string) => {
      const answer = await web.call('GET /requests', {
        as: 'reader',
        query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
      });
      return answer.body as unknown as { items: { id: string }[]; next_cursor?: string };
    };
    const first = await part();
    // What is new does not move the parts that follow.
    await started('writer', ['acme/one']);
    const second = await part(first.next_cursor);
    const third = await part(second.next_cursor);
    const seen = [first, second, third].flatMap(({ items }) => items.map(({ id }) => id));
    expect(seen).toEqual(ids);
    expect(third.next_cursor).toBeUndefined();
    const forged = { ...query, requester: 'requester', cursor: first.next_cursor ?? '' };
    expect((await web.call('GET /requests', { as: 'reader', query: forged })).status).toBe(400);
    const late = { ...query, after: new Date(running.now() + 1_000).toISOString() };
    expect((await web.call('GET /requests', { as: 'reader', query: late })).body).toEqual({
      items: [],
    });
    const states = { repository: 'acme/one', state: 'failed' };
    expect((await web.call('GET /requests', { as: 'reader', query: states })).body).toEqual({
      items: [],
    });
  });

  it('answers what is hidden like what is not there', async () => {
    const id = await started('requester', ['acme/secret']);
    const absent = paths('0000000000');
    for (const [index, path] of paths(id).entries()) {
      const hidden = await start(path, { as: 'outsider' });
      const nothing = await start(absent[index] ?? '', { as: 'outsider' });
      expect([hidden.status, hidden.text]).toEqual([404, nothing.text]);
    }
    const list = await web.call('GET /requests', { as: 'outsider' });
    expect(list.text).not.toContain(id);
    expect((await web.call(`GET /requests/${id}`, { as: 'reader' })).body).toMatchObject({
      prompt: 'Fix the sums',
      may_act: false,
    });
  });

  it('shows a job in a public repository without what was said in private', async () => {
    const id = await started('requester', ['acme/secret', 'acme/two'], { allow_public: true });
    await ended(`${id}-1`);
    await ended(`${id}-2`);
    const { body, text: shown } = await web.call(`GET /requests/${id}`, { as: 'outsider' });
    expect(body).toMatchObject({ source: null, prompt: null, prompt_excerpt: null });
    expect(body['jobs']).toHaveLength(1);
    expect(shown).not.toContain('secret');
    const thread = await web.call(`GET /jobs/${id}-2/thread`, { as: 'outsider' });
    expect(thread.body).toMatchObject({ prompt: null, total: 3 });
    const markdown = await web.call(`GET /jobs/${id}-2/thread`, {
      as: 'outsider',
      headers: { accept: 'text/markdown' },
    });
    expect(markdown.text).not.toContain('A secret plan');
    const own = await web.call(`GET /jobs/${id}-2/thread`, { as: 'requester' });
    expect(own.body).toMatchObject({ prompt: 'A secret plan' });
  });

  it('gives a thread in parts, and a patch as a file', async () => {
    const id = await started('requester', ['acme/web']);
    const early = await web.call(`GET /jobs/${id}-1/thread`, { as: 'reader' });
    expect(early.body).toMatchObject({ complete: false, prompt: 'Fix the sums', total: 0 });
    await ended(`${id}-1`);
    const query = { from: '1', limit: '1' };
    const part = await web.call(`GET /jobs/${id}-1/thread`, { as: 'reader', query });
    expect(part.body).toMatchObject({
      from: 1,
      next_from: 2,
      events: [{ index: 2 }],
      complete: true,
    });
    const patch = await web.call(`GET /jobs/${id}-1/patch`, { as: 'reader' });
    expect(patch.text).toBe(text);
    expect(Object.fromEntries(patch.headers)).toMatchObject({
      'content-type': 'text/x-diff; charset=utf-8',
      'content-disposition': `attachment; filename="web-${id}-1.patch"`,
      'x-content-type-options': 'nosniff',
    });
    expect((await web.call(`GET /jobs/${id}-1`, { as: 'reader' })).body).toMatchObject({
      state: 'answered',
      cause: { code: 'answered', guide: { next: 'Nothing' } },
    });
  });

  it('lets those act who may write', async () => {
    const id = await started('requester', ['acme/web']);
    expect((await web.call(`POST /requests/${id}/cancel`, { as: 'reader' })).status).toBe(403);
    expect((await start(`POST /requests/${id}/retry`, { as: 'reader' })).status).toBe(403);
    expect((await start(`POST /requests/${id}/retry`, { as: 'writer' })).status).toBe(409);
    const cancelled = await web.call(`POST /requests/${id}/cancel`, { as: 'writer' });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', jobs: [{ state: 'cancelled' }] });
    expect((await start(`POST /requests/${id}/continue`, { as: 'writer' })).status).toBe(409);
    const retried = await start(`POST /requests/${id}/retry`, { as: 'writer' }, 'again');
    expect(retried).toMatchObject({ status: 201, body: { parent: id, status: 'queued' } });
    const twice = await start(`POST /requests/${id}/retry`, { as: 'writer' }, 'again');
    expect([twice.status, twice.body['id']]).toEqual([200, retried.body['id']]);
    expect((await start(`POST /requests/${id}/retry`, { as: 'writer' })).status).toBe(409);
    const stopped = await started('requester', ['acme/web']);
    await ended(`${stopped}-1`, 'patch', 'turn_limit');
    const gone = await start(`POST /requests/${stopped}/continue`, { as: 'writer' });
    expect(gone).toMatchObject({ status: 201, body: { parent: stopped } });
  });

  it('sends events until the job ends', async () => {
    const id = await started('requester', ['acme/api']);
    const cookie = await web.signIn('reader');
    const path = `/api/jobs/${id}-1/events`;
    const answer = await web.send(path, { headers: { cookie } });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = (await reader?.read())?.value ?? '';
    expect(first).toContain('"state":"queued"');
    await ended(`${id}-1`);
    let rest = '';
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      rest += value;
    }
    expect(rest).toContain('"state":"answered"');
    expect(rest).toContain('event: end\ndata: answered');
    const lastId = /id: (\w+)/.exec(rest)?.[1] ?? '';
    const late = await web.call(`GET /jobs/${id}-1/events`, {
      as: 'reader',
      headers: { 'last-event-id': lastId },
    });
    expect(late.text.trim()).toBe('event: end\ndata: answered');
  });

  it('ends a stream of events when its reader signs out', async () => {
    const id = await started('requester', ['acme/api']);
    running.github.seed.user({ login: 'leaver' });
    const cookie = await web.signIn('leaver');
    const answer = await web.send(`/api/jobs/${id}-1/events`, { headers: { cookie } });
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const left = await web.send('/auth/sign-out', { method: 'POST', headers: { cookie, origin } });
    expect(left.status).toBe(303);
    expect((await reader?.read())?.done).toBe(true);
  });

  it('tells a prompt of a private file by its name only', async () => {
    const id = await started('requester', ['acme/web']);
    const set = { untold: true, prompt_excerpt: '/cody run release' };
    await running.table.transact([{ type: 'update', key: keys.request(id), set }]);
    await ended(`${id}-1`);
    for (const path of [`/requests/${id}`, `/jobs/${id}-1/thread`]) {
      const told = await web.call(`GET ${path}`, { as: 'reader' });
      expect(told.body).toMatchObject({ prompt: null });
    }
    const headers = { accept: 'text/markdown' };
    const markdown = await web.call(`GET /jobs/${id}-1/thread`, { as: 'reader', headers });
    expect(markdown.text).not.toContain('A secret plan');
    expect(markdown.text).toContain('Turn 3');
  });

  it('tells clients to ask again where no connection can be held', async () => {
    const id = await started('requester', ['acme/api']);
    const health = () => running.app.health({ version: '1', engines: {}, sandbox: undefined });
    const handler = handle(
      running.app.web({ streams: false, health, peer: () => undefined, proxies: 1 }),
    );
    const path = `/api/jobs/${id}-1/events`;
    // A function URL event, payload format 2.0.
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: '',
      headers: { host: '127.0.0.1:3000' },
      cookies: [await web.signIn('reader')],
      requestContext: { domainName: '127.0.0.1:3000', http: { method: 'GET', path } },
      isBase64Encoded: false,
    } as unknown as Parameters<typeof handler>[0];
    const answer = await handler(event);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({ 'retry-after': '5', 'cache-control': 'no-store' });
  });

  it('sums what work cost where the caller may read', async () => {
    const all = (await web.call('GET /usage', { as: 'requester' })).body as unknown as Sums;
    expect(all.total.cost_micro_usd).toBe(1_800);
    expect(all.by_user.map(({ name }) => name).toSorted()).toEqual(['requester', 'writer']);
    expect(all.by_repository.map(({ name }) => name)).toContain('acme/secret');
    expect(all.by_day).toHaveLength(1);
    expect(all.budget.day.committed_micro_usd).toBeGreaterThan(0);
    const part = (await web.call('GET /usage', { as: 'outsider' })).body as unknown as Sums;
    expect(part.total.cost_micro_usd).toBe(1_500);
    expect(JSON.stringify(part)).not.toContain('secret');
  });

  it('forgets after two minutes what somebody might do', async () => {
    const id = await started('requester', ['acme/secret']);
    const path = `GET /requests/${id}`;
    expect((await web.call(path, { as: 'reader' })).status).toBe(200);
    const change = { owner: 'acme', name: 'secret' };
    running.github.seed.updateRepository({ ...change, collaborators: { reader: 'none' } });
    running.pass(121_000);
    expect((await web.call(path, { as: 'reader' })).status).toBe(404);
    running.github.seed.updateRepository({ ...change, collaborators: { reader: 'read' } });
  });

  it('lets a reader look and a writer act, in every operation', async () => {
    const id = await started('requester', ['acme/web']);
    await ended(`${id}-1`);
    const statuses = async (as: string) => {
      const found = [];
      for (const { name } of web.contract.operations) {
        const path = name.replace('/jobs/{id}', `/jobs/${id}-1`).replace('{id}', id);
        const body = name === 'POST /requests' ? { body: ask(['acme/web']) } : {};
        found.push([name, (await start(path, { as, ...body })).status] as const);
      }
      return Object.fromEntries(found);
    };
    const names = web.contract.operations.map(({ name }) => name);
    const looked = names.filter((name) => name.startsWith('GET ')).map((name) => [name, 200]);
    expect(await statuses('reader')).toEqual({
      ...Object.fromEntries(looked),
      'POST /requests': 422,
      'POST /requests/{id}/cancel': 403,
      'POST /requests/{id}/retry': 403,
      'POST /requests/{id}/continue': 403,
    });
    expect(await statuses('writer')).toEqual({
      ...Object.fromEntries(looked),
      'POST /requests': 201,
      'POST /requests/{id}/cancel': 200,
      // It was answered: nothing failed and nothing was stopped.
      'POST /requests/{id}/retry': 409,
      'POST /requests/{id}/continue': 409,
    });
  });

  it('was driven through every operation, in vain and with success', () => {
    for (const { name, open } of web.contract.operations) {
      const statuses = [...(web.contract.seen.get(name) ?? [])];
      expect([name, statuses.some((status) => status < 300)]).toEqual([name, true]);
      expect([name, statuses.includes(401)]).toEqual([name, !open]);
    }
  });
});

type Sum = Readonly<{ name: string; cost_micro_usd: number }>;
type Sums = Readonly<{
  total: Sum;
  by_user: readonly Sum[];
  by_repository: readonly Sum[];
  by_day: readonly Sum[];
  budget: { day: { committed_micro_usd: number } };
}>;
