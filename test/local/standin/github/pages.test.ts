import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMarkdown } from '../../../../local/standin/github/pages/markdown.ts';
import { commitOnBranch, kinds, type Running, startRunning, valueAt } from './running-standin.ts';

let running: Running;

beforeAll(async () => {
  running = await startRunning();
});
afterAll(() => running?.close());

type Shown = Readonly<{ status: number; text: string; location: string | null }>;
type Asking = Readonly<{ as?: string; headers?: Record<string, string> }>;

/** Opens a page without a browser. */
async function open(path: string, { as, headers }: Asking = {}): Promise<Shown> {
  return shown(
    await fetch(new URL(path, running.standin.url), {
      headers: { ...(as && { cookie: `person=${as}` }), ...headers },
      redirect: 'manual',
    }),
  );
}

/** Sends a form as a browser would from one of the pages. */
async function send(
  path: string,
  fields: Readonly<Record<string, string>>,
  { as, headers }: Asking = {},
): Promise<Shown> {
  const { url } = running.standin;
  return shown(
    await fetch(new URL(path, url), {
      method: 'POST',
      headers: { origin: url, ...(as && { cookie: `person=${as}` }), ...headers },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    }),
  );
}

async function shown(answer: Response): Promise<Shown> {
  const { status, headers } = answer;
  return { status, text: await answer.text(), location: headers.get('location') };
}

function issue(name: string): string {
  const seed = { owner: 'acme', name, title: 'Sums are <b>wrong</b>', author: 'reader' };
  return `/acme/${name}/issues/${running.standin.seed.issue(seed).number}`;
}

/** A pull request of the App with one changed line, and a check run on its head. */
async function pull(branch: string, actions: readonly object[] = []) {
  const token = await running.token();
  const files = { 'src/sum.js': 'export const sum = (a, b) => a + b;\n' };
  const commit = await commitOnBranch(running, { token, repository: 'acme/web', branch, files });
  const opened = await running.call('POST /repos/acme/web/pulls', {
    token,
    body: { title: 'Fix the sum', head: branch, base: 'main', draft: true },
  });
  const run = await running.call('POST /repos/acme/web/check-runs', {
    token,
    body: {
      name: 'Cody',
      head_sha: commit.str('sha'),
      conclusion: 'neutral',
      output: {
        title: 'Done',
        summary:
          '<details>\n<summary><code>bash</code> · 0.1 s</summary>\n\n**all** passed\n\n</details>',
      },
      actions,
    },
  });
  return {
    path: `/acme/web/pull/${opened.num('number')}`,
    api: `/repos/acme/web/pulls/${opened.num('number')}`,
    run: new URL(run.str('html_url')).pathname,
    sha: commit.str('sha'),
  };
}

/** What the Apps heard of while something was done; their order is not told. */
async function heard(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await kinds(running)).length;
  await act();
  return (await kinds(running)).slice(before).toSorted();
}

function render(text: string): string {
  return String(createMarkdown({ breaks: true, resolve: onlySeven })(text)).trim();
}

function onlySeven({ number }: Readonly<{ number: number }>): string | undefined {
  return number === 7 ? '/o/r/issues/7' : undefined;
}

describe('a page', () => {
  it('shows the public what is public, and hides the rest', async () => {
    const first = await open('/');
    expect(first.text).toContain('acme/open');
    expect(first.text).not.toContain('acme/web');
    expect((await open('/acme/web')).status).toBe(404);
    expect((await open('/acme/web', { as: 'reader' })).text).toContain('README.md');
    expect((await open('/acme/web/blob/main/src/sum.js', { as: 'reader' })).text).toContain(
      'a - b',
    );
  });

  it('escapes what people write', async () => {
    const { text } = await open(issue('open'));
    expect(text).toContain('Sums are &lt;b&gt;wrong&lt;/b&gt;');
  });

  it('leaves the REST API and git alone', async () => {
    expect((await running.call('GET /repos/acme/nothing')).headers.get('content-type')).toContain(
      'json',
    );
    const refs = await open('/acme/open.git/info/refs?service=git-upload-pack');
    expect(refs.text).toContain('git-upload-pack');
  });
});

describe('the acting person', () => {
  it('is chosen and comes back to a place on this server only', async () => {
    expect(await send('/login', { login: 'writer', to: '/acme/web?x=1' })).toMatchObject({
      status: 303,
      location: '/acme/web?x=1',
    });
    for (const to of ['//elsewhere.example', 'https://elsewhere.example', '/\\elsewhere.example']) {
      expect((await send('/login', { login: 'writer', to })).location).toBe('/');
    }
    expect((await send('/login', { login: 'acme', to: '/' })).status).toBe(422);
  });

  it('is asked for before anything is written', async () => {
    const page = issue('open');
    expect((await open(page)).text).toContain('Choose who you are');
    expect((await send(page, { action: 'comment', body: 'Hello' })).status).toBe(401);
  });
});

describe('a form', () => {
  it('is refused when it comes from elsewhere', async () => {
    const page = issue('open');
    const port = new URL(running.standin.url).port;
    for (const origin of [
      'https://elsewhere.example',
      `http://elsewhere.example:${port}`,
      'null',
    ]) {
      const sent = await send(page, { body: 'Hello' }, { as: 'writer', headers: { origin } });
      expect(sent.status).toBe(403);
    }
  });

  it('comments with the same event as the API', async () => {
    const page = issue('open');
    const fields = { action: 'comment', body: 'I **see**' };
    expect(await heard(() => send(page, fields, { as: 'outsider' }))).toEqual([
      'issue_comment.created',
    ]);
    expect((await open(page)).text).toContain('I <strong>see</strong>');
    expect(running.standin.requests().at(-1)).toMatchObject({
      method: 'POST',
      principal: { type: 'user', login: 'outsider' },
      status: 201,
    });
  });

  it('opens an issue, and closes it for its author but not for a stranger', async () => {
    const opened = await send('/acme/open/issues', { title: 'New' }, { as: 'outsider' });
    const page = opened.location ?? '';
    expect((await send(page, { action: 'close' }, { as: 'requester' })).status).toBe(303);
    expect((await send(page, { action: 'reopen' }, { as: 'outsider' })).status).toBe(303);
    const foreign = issue('open');
    const refused = await send(foreign, { action: 'close' }, { as: 'outsider' });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain('You may not do this');
  });
});

describe('a pull request', () => {
  it('collects remarks on lines and sends them as one review', async () => {
    const { path, api } = await pull('reviewed');
    const as = 'writer';
    const at = { path: 'src/sum.js', side: 'RIGHT', line: '1', action: 'draft' };
    await send(`${path}/files`, { ...at, body: 'Name the parts' }, { as });
    await send(`${path}/files`, { ...at, side: 'LEFT', body: 'This was wrong' }, { as });
    const mine = await open(`${path}/files`, { as });
    expect(mine.text).toContain('Finish your review (2)');
    expect((await open(`${path}/files`, { as: 'requester' })).text).not.toContain('Name the parts');

    const verdict = { action: 'submit', event: 'REQUEST_CHANGES', body: 'Please look again' };
    expect(await heard(() => send(`${path}/files`, verdict, { as }))).toEqual([
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
      'pull_request_review_comment.created',
    ]);
    const comments = await running.call(`GET ${api}/comments`, { token: running.person(as) });
    expect(comments.body).toMatchObject([
      { body: 'Name the parts', side: 'RIGHT', line: 1 },
      { body: 'This was wrong', side: 'LEFT', line: 1 },
    ]);
    const conversation = await open(path, { as });
    expect(conversation.text).toContain('asked for changes');

    await send(`${path}/replies`, { to: String(comments.num('0.id')), body: 'Done' }, { as });
    expect((await open(`${path}/files`, { as })).text).toContain('Done');
  });

  it('is made ready and merged by who may write', async () => {
    const { path, sha } = await pull('merged');
    expect((await send(path, { action: 'ready' }, { as: 'reader' })).status).toBe(403);
    expect(await heard(() => send(path, { action: 'ready' }, { as: 'writer' }))).toEqual([
      'pull_request.ready_for_review',
    ]);
    expect((await open(path, { as: 'reader' })).text).not.toContain('Merge pull request');
    expect((await send(path, { action: 'merge' }, { as: 'reader' })).status).toBe(403);
    const merge = (head: string) => send(path, { action: 'merge', sha: head }, { as: 'writer' });
    expect((await merge('0'.repeat(40))).status).toBe(409);
    expect((await merge(sha)).status).toBe(303);
    expect((await open(path, { as: 'writer' })).text).toContain('merged this');
    const number = path.split('/').at(-1);
    expect((await open(`/acme/web/issues/${number}`, { as: 'writer' })).location).toBe(path);
    expect((await open(`${path}.diff`, { as: 'writer' })).text).toContain('+export const sum');
  });
});

describe('a check run', () => {
  const actions = [{ label: 'Retry', description: 'Runs it again', identifier: 'nonce-1' }];

  it('folds its steps, and offers its buttons to who may write', async () => {
    const { run, sha } = await pull('pressed', actions);
    const { text } = await open(run, { as: 'writer' });
    expect(text).toMatch(/<details>\s*<summary><code>bash<\/code> · 0\.1 s<\/summary>/);
    expect(text).toContain('<strong>all</strong> passed');
    expect((await open(run, { as: 'reader' })).text).not.toContain('nonce-1');
    expect((await send(run, { identifier: 'nonce-1' }, { as: 'reader' })).status).toBe(403);
    expect((await send(run, { identifier: 'other' }, { as: 'writer' })).status).toBe(422);

    expect(await heard(() => send(run, { identifier: 'nonce-1' }, { as: 'writer' }))).toEqual([
      'check_run.requested_action',
    ]);
    const payload = running.received.at(-1)?.payload;
    expect(valueAt(payload, 'requested_action.identifier')).toBe('nonce-1');
    expect(valueAt(payload, 'sender.login')).toBe('writer');
    expect(await heard(() => send(run, { action: 'rerun' }, { as: 'writer' }))).toEqual([
      'check_run.rerequested',
    ]);
    expect((await open(`/acme/web/commit/${sha}`, { as: 'reader' })).text).toContain('Done');
  });
});

describe('Markdown', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['a <img src=x onerror=alert(1)> b', '<p>a &lt;img src=x onerror=alert(1)&gt; b</p>'],
    ['a <sub onclick=alert(1)>b</sub>', '<p>a <sub>b</sub></p>'],
    ['a <!-- hidden --> b', '<p>a  b</p>'],
    ['a </details></div> b', '<p>a &lt;/div&gt; b</p>'],
    ['a <sub>b', '<p>a <sub>b</sub></p>'],
    ['[a](javascript:alert(1))', '<p>[a](javascript:alert(1))</p>'],
    ['[a](&#106;avascript:alert(1))', '<p>[a](javascript:alert(1))</p>'],
    ['[a](data:text/html,x)', '<p>[a](data:text/html,x)</p>'],
    ['![a](https://x.example/a.png)', '<p><a href="https://x.example/a.png">a</a></p>'],
    ['see #7, not #8', '<p>see <a href="/o/r/issues/7">#7</a>, not #8</p>'],
    ['`#7` <br> b', '<p><code>#7</code> <br> b</p>'],
  ])('renders %s', (text, html) => {
    expect(render(text)).toBe(html);
  });

  it('lets no tag reach beyond the quote it stands in', () => {
    expect(render('> <details>\n\nafter\n\n</details>')).toBe(
      '<blockquote>\n<details>\n</details></blockquote>\n<p>after</p>',
    );
  });
});

it('broke no rule of the description', () => {
  expect(running.standin.violations()).toEqual([]);
});
