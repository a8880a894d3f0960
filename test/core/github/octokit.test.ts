import { createServer, type RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TransientError } from '../../../core/errors.ts';
import { createGithub, type GithubOptions } from '../../../core/github/octokit.ts';
import type { PacedWrite } from '../../../core/github/pace.ts';

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function server(handle: RequestListener): Promise<string> {
  const http = createServer(handle);
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  );
  const address = http.address();
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
}

function client(baseUrl: string, changed: Partial<GithubOptions> = {}) {
  return createGithub({
    baseUrl,
    token: 'secret-token',
    log,
    pacing: 0,
    retryDelayMs: 1,
    ...changed,
  });
}

const json = { 'content-type': 'application/json; charset=utf-8' };

describe('createGithub', () => {
  it('repeats reads on 5xx and cut connections, up to twice', async () => {
    const answers = [502, 'cut', 200] as const;
    let seen = 0;
    const url = await server((request, response) => {
      const answer = answers[seen++];
      if (answer === 'cut') request.socket.destroy();
      else response.writeHead(answer ?? 500, json).end('{"login":"x"}');
    });
    const { data } = await client(url).request('GET /user');
    expect([data.login, seen]).toEqual(['x', 3]);
    await expect(client(url).request('GET /user')).rejects.toMatchObject({ status: 500 });
    expect(seen).toBe(6);
  });

  it('never repeats a write that may have happened', async () => {
    let seen = 0;
    const url = await server((_, response) => {
      seen += 1;
      response.writeHead(502, json).end('{}');
    });
    await expect(client(url).request('POST /user/repos', { name: 'x' })).rejects.toMatchObject({
      status: 502,
    });
    expect(seen).toBe(1);
  });

  it('repeats anything on 401 while its token is new', async () => {
    let seen = 0;
    const url = await server((_, response) => {
      seen += 1;
      response.writeHead(seen <= 5 ? 401 : 201, json).end('{}');
    });
    expect((await client(url).request('POST /user/repos', { name: 'x' })).status).toBe(201);
  });

  it('shows neither token nor bodies in an error', async () => {
    const url = await server((_, response) => {
      response.writeHead(422, json).end('{"message":"private answer"}');
    });
    const error: unknown = await client(url)
      .request('POST /user/repos', { name: 'private body' })
      .catch((error: unknown) => error);
    const shown = inspect(error, { depth: 10 });
    expect(shown).toContain('422');
    expect(shown).not.toContain('secret-token');
    expect(shown).not.toContain('private body');
    expect(Object.keys(Object(error))).not.toContain('response');
    expect(error).toHaveProperty('response.data.message', 'private answer');
  });

  it('does not take a broken-off body for an answer', async () => {
    const url = await server((_, response) => {
      response.writeHead(200, { ...json, 'content-length': '100' });
      response.write('[{"id":1},');
      setImmediate(() => response.socket?.destroy());
    });
    await expect(client(url).request('GET /user/repos')).rejects.toMatchObject({
      name: 'TransientError',
    });
  });

  it('gives up on a server that stays silent', async () => {
    const url = await server(() => undefined);
    await expect(
      client(url, { timeoutMs: 50 }).request('POST /user/repos', { name: 'x' }),
    ).rejects.toMatchObject({
      status: 500,
    });
  });

  it('sends writes one at a time and reads beside each other', async () => {
    let open = 0;
    const most = { POST: 0, GET: 0 };
    const url = await server((request, response) => {
      open += 1;
      const method = request.method === 'POST' ? 'POST' : 'GET';
      most[method] = Math.max(most[method], open);
      setTimeout(() => {
        open -= 1;
        response.writeHead(200, json).end('{}');
      }, 30);
    });
    const github = client(url);
    const four = [1, 2, 3, 4];
    await Promise.all(four.map(() => github.request('POST /user/repos', { name: 'x' })));
    await Promise.all(four.map(() => github.request('GET /user')));
    expect(most.POST).toBe(1);
    expect(most.GET).toBeGreaterThan(1);
  });
});

function paced(before: (write: PacedWrite) => Promise<void> = async () => undefined) {
  const seen: PacedWrite[] = [];
  const pauses: number[] = [];
  return {
    seen,
    pauses,
    pace: {
      before: async (write: PacedWrite) => {
        seen.push(write);
        await before(write);
      },
      slowDown: async (ms: number) => void pauses.push(ms),
    },
  };
}

describe('a client with a pace', () => {
  it('asks before each write, says what it is, and never before a read', async () => {
    const url = await server((_, response) => void response.writeHead(200, json).end('{}'));
    const { pace, seen } = paced();
    const github = client(url, { pace });
    const place = { owner: 'acme', repo: 'web' };
    await github.rest.repos.get(place);
    await github.rest.git.createBlob({ ...place, content: 'x' });
    await github.rest.issues.createComment({ ...place, issue_number: 1, body: 'x' });
    const request = { urgency: 'low' };
    await github.rest.issues.updateComment({ ...place, comment_id: 1, body: 'x', request });
    await github.rest.checks.create({ ...place, name: 'x', head_sha: 'x' });
    const asked = { paced: true };
    await github.rest.issues.updateComment({ ...place, comment_id: 1, body: 'x', request: asked });
    await github.rest.issues.deleteComment({ ...place, comment_id: 1 });
    expect(seen.map(({ content, urgency }) => `${content} ${urgency}`)).toEqual([
      'false normal',
      'true normal',
      'true low',
      'true normal',
      'false normal',
    ]);
  });

  it('sends nothing when the write has to wait for too long', async () => {
    let requests = 0;
    const url = await server((_, response) => {
      requests += 1;
      response.writeHead(200, json).end('{}');
    });
    const { pace } = paced(async () => {
      throw new TransientError('github_unavailable', 'Later.', { retryAfterMs: 60_000 });
    });
    const write = client(url, { pace }).request('POST /user/repos', { name: 'x' });
    await expect(write).rejects.toMatchObject({ retryAfterMs: 60_000 });
    expect(requests).toBe(0);
  });

  it('passes on how long GitHub wants to hear nothing, by header or a minute', async () => {
    const limits = [{ 'retry-after': '7' }, {}, { 'x-ratelimit-remaining': '9' }];
    let seen = 0;
    const url = await server((_, response) => {
      const message = seen < 2 ? 'You have exceeded a secondary rate limit.' : 'Forbidden';
      response.writeHead(403, { ...json, ...limits[seen++] }).end(JSON.stringify({ message }));
    });
    const { pace, pauses } = paced();
    const github = client(url, { pace });
    for (const name of ['a', 'b', 'c'])
      await expect(github.request('POST /user/repos', { name })).rejects.toThrow();
    expect(pauses).toEqual([7_000, 60_000]);
  });
});

describe('a client that asks conditionally', () => {
  it('returns what it has when GitHub says that it still holds, and what is new otherwise', async () => {
    let version = 1;
    const statuses: number[] = [];
    const url = await server((request, response) => {
      const etag = `W/"${version}"`;
      const same = request.headers['if-none-match'] === etag;
      statuses.push(same ? 304 : 200);
      response.writeHead(same ? 304 : 200, { ...json, etag });
      response.end(same ? undefined : JSON.stringify([{ id: version }]));
    });
    const github = client(url, { conditional: true });
    const list = () => github.paginate('GET /user/repos');
    expect(await list()).toEqual([{ id: 1 }]);
    expect(await list()).toEqual([{ id: 1 }]);
    version = 2;
    expect(await list()).toEqual([{ id: 2 }]);
    expect(statuses).toEqual([200, 304, 200]);
    expect(await client(url, { conditional: true }).paginate('GET /user/repos')).toHaveLength(1);
    expect(statuses.at(-1)).toBe(200);
  });

  it('does not hand out what a caller has changed', async () => {
    const url = await server((request, response) => {
      const same = request.headers['if-none-match'] === '"1"';
      response.writeHead(same ? 304 : 200, { ...json, etag: '"1"' });
      response.end(same ? undefined : '{"login":"x"}');
    });
    const github = client(url, { conditional: true });
    const first = await github.request('GET /user');
    first.data.login = 'changed';
    const second = await github.request('GET /user');
    expect([second.data.login, second.status]).toEqual(['x', 200]);
  });

  it('keeps the forms of an answer apart', async () => {
    const tags: (string | undefined)[] = [];
    const url = await server((request, response) => {
      tags.push(request.headers['if-none-match']);
      const diff = request.headers.accept?.includes('diff') ?? false;
      response.writeHead(200, { ...(diff ? { 'content-type': 'text/plain' } : json), etag: '"1"' });
      response.end(diff ? 'the diff' : '{}');
    });
    const github = client(url, { conditional: true });
    await github.request('GET /user');
    await github.request('GET /user', { mediaType: { format: 'diff' } });
    expect(tags).toEqual([undefined, undefined]);
  });
});
