import { createHmac, createSign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runProcess } from '../../../../core/process.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../../local/standin/github/github-standin.ts';

export const SECRET = 'a secret for webhooks';

/** An answer over the wire. */
export type Reply = {
  status: number;
  headers: Headers;
  body: unknown;
  text: string;
  /** A value inside the body by its path, such as `object.sha`; fails when it has another type. */
  str: (path: string) => string;
  num: (path: string) => number;
};

/** An event that the stand-in delivered. */
export type Received = { event: string; guid: string; valid: boolean; payload: unknown };

export type Running = {
  standin: GithubStandin;
  /** The clock, which tests may move. */
  clock: { now: number };
  dir: string;
  appId: number;
  clientId: string;
  privateKey: string;
  botUserId: number;
  installationId: number;
  received: Received[];
  jwt: (claims?: Record<string, unknown>) => string;
  /** Calls REST with a credential (or none). */
  call: (
    operation: string,
    options?: { token?: string | null; body?: unknown; headers?: Record<string, string> },
  ) => Promise<Reply>;
  /** A token of the installation, narrowed by the body. */
  token: (narrowing?: unknown) => Promise<string>;
  person: (login: string) => string;
  git: (args: string[], cwd?: string) => Promise<{ code: number | null; out: string; err: string }>;
  close: () => Promise<void>;
};

export const PERMISSIONS = {
  metadata: 'read',
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
};

/** Starts a stand-in with one organization, people of every role, repositories and an installed App. */
export async function startRunning(): Promise<Running> {
  const dir = await mkdtemp(path.join(tmpdir(), 'github-standin-'));
  const received: Received[] = [];
  const hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const digest = `sha256=${createHmac('sha256', SECRET).update(raw).digest('hex')}`;
      received.push({
        event: String(request.headers['x-github-event']),
        guid: String(request.headers['x-github-delivery']),
        valid: request.headers['x-hub-signature-256'] === digest,
        payload: JSON.parse(raw.toString('utf8')),
      });
      response.writeHead(202).end('taken');
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const address = hook.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const clock = { now: Date.parse('2026-11-22T12:00:00Z') };
  const standin = await startGithubStandin({
    dataDir: path.join(dir, 'github'),
    now: () => clock.now,
    webhookUrl: `http://127.0.0.1:${address.port}/hook`,
  });
  const { seed } = standin;
  for (const login of ['writer', 'reader', 'triager', 'maintainer', 'outsider'])
    seed.user({ login });
  seed.user({ login: 'requester', id: 4242 });
  seed.organization({ login: 'acme', members: ['writer', { login: 'requester', role: 'admin' }] });
  const collaborators = {
    writer: 'write',
    reader: 'read',
    triager: 'triage',
    maintainer: 'maintain',
  } as const;
  await seed.repository({
    owner: 'acme',
    name: 'web',
    private: true,
    collaborators,
    protectedBranches: ['main'],
    files: {
      'README.md': '# web\n',
      'src/sum.js': 'export const sum = (a, b) => a - b;\n',
      'bin/run.sh': { content: '#!/bin/sh\nexit 0\n', mode: '100755' },
    },
  });
  await seed.repository({ owner: 'acme', name: 'open', collaborators, files: { 'a.txt': 'a\n' } });
  await seed.repository({ owner: 'acme', name: 'bare', private: true });
  await seed.repository({ owner: 'acme', name: 'old', archived: true, files: { 'a.txt': 'a\n' } });
  await seed.repository({
    owner: 'outsider',
    name: 'own',
    private: true,
    files: { 'a.txt': 'a\n' },
  });
  await seed.repository({ owner: 'outsider', name: 'shown', files: { 'a.txt': 'a\n' } });
  const app = seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions: PERMISSIONS,
    events: [
      'issues',
      'issue_comment',
      'pull_request',
      'pull_request_review',
      'pull_request_review_comment',
      'push',
    ],
    webhookSecret: SECRET,
  });
  const { id: installationId } = await seed.installation({ account: 'acme', repositories: 'all' });

  const jwt: Running['jwt'] = (claims = {}) => {
    const now = Math.floor(clock.now / 1_000);
    const unsigned = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 30, exp: now + 540, iss: app.appId, ...claims })}`;
    const signature = createSign('RSA-SHA256').update(unsigned).sign(app.privateKey, 'base64url');
    return `${unsigned}.${signature}`;
  };
  const call: Running['call'] = async (operation, options = {}) => {
    const [method = 'GET', where = ''] = operation.split(' ');
    const answer = await fetch(new URL(where, standin.url), {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        'user-agent': 'tests',
        ...(options.token && { authorization: `Bearer ${options.token}` }),
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    const text = await answer.text();
    const json = (answer.headers.get('content-type') ?? '').includes('json') && text !== '';
    const body: unknown = json ? JSON.parse(text) : undefined;
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body,
      str: (where) => {
        const value = valueAt(body, where);
        if (typeof value !== 'string') throw new Error(`${operation}: no text ${where} in ${text}`);
        return value;
      },
      num: (where) => {
        const value = valueAt(body, where);
        if (typeof value !== 'number')
          throw new Error(`${operation}: no number ${where} in ${text}`);
        return value;
      },
    };
  };
  const people = new Map<string, string>();
  return {
    standin,
    clock,
    dir,
    ...app,
    installationId,
    received,
    jwt,
    call,
    token: async (narrowing) => {
      const answer = await call(`POST /app/installations/${installationId}/access_tokens`, {
        token: jwt(),
        body: narrowing ?? {},
      });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.str('token');
    },
    person: (login) => {
      const known = people.get(login) ?? standin.userToken(login);
      people.set(login, known);
      return known;
    },
    git: async (args, cwd) => {
      const result = await runProcess({
        command: 'git',
        args: ['-c', 'user.name=tests', '-c', 'user.email=tests@example.test', ...args],
        cwd: cwd ?? dir,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: dir,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
        },
      });
      return {
        code: result.exitCode,
        out: result.stdout.toString('utf8'),
        err: result.stderr.toString('utf8'),
      };
    },
    close: async () => {
      await standin.settled();
      await standin.close();
      await new Promise((resolve) => {
        hook.close(resolve);
        hook.closeAllConnections();
      });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A value inside JSON by its path; undefined where something is missing. */
export function valueAt(json: unknown, where: string): unknown {
  return where.split('.').reduce<unknown>((at, name) => {
    if (typeof at !== 'object' || at === null) return undefined;
    return Reflect.get(at, name);
  }, json);
}

/** A commit on a branch, made through the Git Data API; the branch begins at main when it is new. */
export async function commitOnBranch(
  running: Running,
  options: { token: string; repository: string; branch: string; files: Record<string, string> },
): Promise<Reply> {
  const { call } = running;
  const { token, branch } = options;
  const api = `/repos/${options.repository}/git`;
  const existing = await call(`GET ${api}/ref/heads/${branch}`, { token });
  const old = existing.status === 200;
  const from = old ? existing : await call(`GET ${api}/ref/heads/main`, { token });
  const parent = from.str('object.sha');
  const base = await call(`GET ${api}/commits/${parent}`, { token });
  const tree = await call(`POST ${api}/trees`, {
    token,
    body: {
      base_tree: base.str('tree.sha'),
      tree: Object.entries(options.files).map(([file, content]) => ({
        path: file,
        mode: '100644',
        type: 'blob',
        content,
      })),
    },
  });
  const commit = await call(`POST ${api}/commits`, {
    token,
    body: { message: 'Fix sum', tree: tree.str('sha'), parents: [parent] },
  });
  const sha = commit.str('sha');
  const moved = old
    ? await call(`PATCH ${api}/refs/heads/${branch}`, { token, body: { sha } })
    : await call(`POST ${api}/refs`, { token, body: { ref: `refs/heads/${branch}`, sha } });
  if (moved.status >= 300) throw new Error(moved.text);
  return commit;
}

/** The kinds of the delivered events, as `event.action`. */
export async function kinds(running: Running): Promise<string[]> {
  await running.standin.settled();
  return running.received.map(({ event, payload }) => {
    const action = valueAt(payload, 'action');
    return typeof action === 'string' ? `${event}.${action}` : event;
  });
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
