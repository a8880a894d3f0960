import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGithub, type Github } from '../../../core/github/octokit.ts';
import { createRecentSecrets } from '../../../core/recent-secrets.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const secret = 'Canary/7+key=of the App';
const token = 'minted-token-0123456789';
const bytes = Buffer.from(secret);

/** The secret as it is and in each form that could carry it, with the text that must not be seen. */
const forms: readonly string[] = [
  secret,
  token,
  bytes.toString('hex'),
  encodeURIComponent(secret),
  Array.from(secret).toReversed().join(''),
  ...[0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 'x'), bytes]).toString('base64');
    return encoded.slice(
      Math.ceil((offset * 8) / 6),
      Math.floor(((offset + bytes.length) * 8) / 6),
    );
  }),
];
const text = forms.map((form) => `before ${form} after`).join('\n');

const where = { owner: 'acme', repo: 'web' };
const summary = { title: text, summary: text, text };
const images = [{ alt: text, image_url: text }];
const actions = [{ label: text, description: text, identifier: text }];
const senders: Readonly<Record<string, (github: Github) => Promise<unknown>>> = {
  'a comment': ({ rest }) => rest.issues.createComment({ ...where, issue_number: 1, body: text }),
  'a changed comment': ({ rest }) =>
    rest.issues.updateComment({ ...where, comment_id: 1, body: text }),
  'an answer in a review': ({ rest }) =>
    rest.pulls.createReplyForReviewComment({ ...where, pull_number: 1, comment_id: 1, body: text }),
  'a check run': ({ rest }) =>
    rest.checks.create({
      ...where,
      name: text,
      head_sha: 'a'.repeat(40),
      output: { ...summary, images },
      actions,
    }),
  'a changed check run': ({ rest }) =>
    rest.checks.update({ ...where, check_run_id: 1, output: { ...summary, images }, actions }),
  'a status': ({ rest }) =>
    rest.repos.createCommitStatus({
      ...where,
      sha: 'a'.repeat(40),
      state: 'success',
      description: text,
    }),
  'a pull request': ({ rest }) =>
    rest.pulls.create({ ...where, title: text, body: text, head: 'h', base: 'b' }),
  'a changed pull request': ({ rest }) =>
    rest.pulls.update({ ...where, pull_number: 1, title: text, body: text }),
  labels: ({ rest }) => rest.issues.addLabels({ ...where, issue_number: 1, labels: [text] }),
  'a commit': ({ rest }) =>
    rest.git.createCommit({ ...where, message: text, tree: 'a'.repeat(40), parents: [] }),
  'any other call': (github) => github.request('PUT /anything', { deep: [{ er: [text] }] }),
};

const bodies: string[] = [];
const http = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    bodies.push(`${request.url} ${Buffer.concat(chunks).toString('utf8')}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});
let github: Github;

beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const secrets = createRecentSecrets({ values: [secret], now: Date.now });
  secrets.remember(token);
  const baseUrl = `http://127.0.0.1:${port}`;
  github = createGithub({ baseUrl, log, pacing: 0, token, redact: secrets.redact });
});
beforeEach(() => {
  bodies.length = 0;
});
afterAll(() => new Promise((resolve) => http.close(resolve)));

describe('a registered value', () => {
  it.each(Object.keys(senders))('does not leave in %s', async (name) => {
    await senders[name]?.(github);
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toContain('[redacted]');
    for (const form of forms) expect(bodies[0]).not.toContain(form);
  });

  it('does not change a file that the gate has let through', async () => {
    const path = 'a.txt';
    await github.rest.git.createTree({
      ...where,
      tree: [{ path, mode: '100644', type: 'blob', content: 'ghp_' + 'x'.repeat(36) }],
    });
    expect(bodies[0]).toContain('ghp_xxx');
  });

  it('is forgotten an hour after it was made', () => {
    let now = 0;
    const secrets = createRecentSecrets({ values: [secret], now: () => now });
    secrets.remember('a-first-token');
    now = 60 * 60_000;
    secrets.remember('a-second-token');
    expect(secrets.redact(`a-first-token a-second-token ${secret}`)).toBe(
      'a-first-token [redacted] [redacted]',
    );
  });

  it('lives on when it is met again, and none that always holds is forgotten', () => {
    let now = 0;
    const secrets = createRecentSecrets({ values: [secret], now: () => now });
    for (const value of [secret, 'a-first-token']) secrets.remember(value);
    now = 40 * 60_000;
    secrets.remember('a-first-token');
    now = 80 * 60_000;
    secrets.remember('a-second-token');
    expect(secrets.redact(`a-first-token ${secret}`)).toBe('[redacted] [redacted]');
    for (let count = 0; count < 99; count += 1) secrets.remember(`a-further-token-${count}`);
    expect(secrets.redact('a-first-token a-second-token')).toBe('a-first-token [redacted]');
  });
});

/** Where a client of GitHub is made, up to the end of its options. */
const made = /(?<!function )\bcreateGithub(?:App)?\(\{[^}]*\}/g;

it('is known to every client of App and worker', async () => {
  const clients: string[] = [];
  for (const folder of ['app', 'worker']) {
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const source = await readFile(join(folder, file), 'utf8');
      // The options that all clients of the App share are looked at once.
      const shared = /const options: GithubOptions = \{\s*redact:/.test(source);
      for (const [client] of source.matchAll(made))
        clients.push(shared && client.includes('...options') ? 'redact' : client);
    }
  }
  expect(clients.length).toBeGreaterThan(5);
  for (const client of clients) expect(client).toContain('redact');
});
