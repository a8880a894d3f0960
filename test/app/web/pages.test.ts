import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCommandLog } from '../../../core/store/command-log.ts';
import { keys } from '../../../core/store/table-schema.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { origin, type RunningWeb, startRunningWeb } from '../support/running-web.ts';

let running: RunningApp;
let web: RunningWeb;

beforeAll(async () => {
  running = await startRunningApp();
  web = await startRunningWeb(running);
});
afterAll(async () => {
  await running.close();
});

type Shown = Readonly<{ status: number; text: string; headers: Headers }>;

async function see(path: string, as?: string): Promise<Shown> {
  const headers = new Headers({ accept: 'text/html' });
  if (as !== undefined) headers.set('cookie', await web.signIn(as));
  const answer = await web.send(path, { headers });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const tokens = new Map<string, string>();

/** What the forms of this person hold. */
async function tokenOf(as: string): Promise<string> {
  const known = tokens.get(as);
  if (known !== undefined) return known;
  const token = /name="token" value="([^"]+)"/.exec((await see('/', as)).text)?.[1] ?? '';
  tokens.set(as, token);
  return token;
}

type Form = Readonly<Record<string, string | readonly string[]>>;

/** Sends a form as a browser does, with the token of the page that holds it unless told otherwise. */
async function send(
  path: string,
  as: string,
  { fields = {}, from = origin }: Readonly<{ fields?: Form; from?: string }> = {},
): Promise<Shown> {
  const body = new URLSearchParams({ token: await tokenOf(as), key: crypto.randomUUID() });
  for (const [name, value] of Object.entries(fields)) {
    body.delete(name);
    for (const one of [value].flat()) body.append(name, one);
  }
  const cookie = await web.signIn(as);
  const headers = { accept: 'text/html', cookie, ...(from === '' ? {} : { origin: from }) };
  const answer = await web.send(path, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

async function started(as: string, repositories: readonly string[], fields: Form = {}) {
  const answer = await send('/new', as, {
    fields: { prompt: 'Fix the sums', repository: repositories, budget: '0.2', ...fields },
  });
  expect([answer.status, answer.text]).toEqual([303, '']);
  return (answer.headers.get('location') ?? '').replace('/requests/', '');
}

const Item = z.record(z.string(), z.unknown());

/** Puts copies of a request with one job into the table, each a second newer; returns their ids, the newest first. */
async function copied(id: string, count: number): Promise<readonly string[]> {
  const [request, job] = await Promise.all(
    [keys.request(id), keys.job(`${id}-1`)].map(async (key) =>
      Item.parse(await running.table.get(key)),
    ),
  );
  const ids: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const copy = `copy${String(index).padStart(6, '0')}`;
    const created_at = Number(request?.['created_at']) + index * 1_000;
    const items = [
      {
        ...request,
        ...keys.request(copy),
        id: copy,
        job_ids: [`${copy}-1`],
        created_at,
      },
      { ...job, ...keys.job(`${copy}-1`), id: `${copy}-1`, request_id: copy, created_at },
    ];
    await running.table.transact(items.map((item) => ({ type: 'put', item })));
    ids.unshift(copy);
  }
  running.pass(count * 1_000);
  return ids;
}

const noTokens = {
  input_tokens: 10,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  output_tokens: 5,
};

const turn = (index: number, rest: object = {}) => ({
  type: 'turn',
  index,
  thinking: '',
  text: `Turn number ${index}`,
  tools: [],
  usage: noTokens,
  cost_micro_usd: 100,
  stop_reason: 'end_turn',
  ...rest,
});

const patchText =
  'diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1,2 @@\n-const a = 1;\n+const a = "</script><script>alert(1)</script>";\n+// \u202egnirts\n';

/** Ends a job as a worker does, as far as readers see it. */
async function ended(jobId: string, events: readonly object[], set: object = {}) {
  const thread = {
    request_id: jobId.slice(0, 10),
    job_id: jobId,
    repository: 'acme/web',
    base_sha: '0'.repeat(40),
    requester: 'requester',
    prompt: 'Fix the sums',
    model: 'claude-sonnet-5-5',
    effort: 'high',
    events,
  };
  const change = {
    state: 'answered',
    patch: await running.bucket.put('patch', patchText),
    thread: await running.bucket.put('thread', JSON.stringify(thread)),
    cause: { code: 'answered', sentence: 'It ended.' },
    cost_micro_usd: 300,
    ended_at: running.now(),
    ...set,
  };
  await running.table.transact([{ type: 'update', key: keys.job(jobId), set: change }]);
}

const hostile =
  '<script>alert(1)</script> <img src=x onerror=alert(1)> [link](javascript:alert(1)) ![pixel](https://evil.example/p.png) <b style="x">\u202eevil</b> "><svg onload=alert(1)>';

/** Tags and attributes that nothing of what others wrote may bring into a page. */
function expectHarmless({ text }: Shown): void {
  const bare = text.replaceAll(/="[^"]*"/g, '=""');
  const scripts = text.match(/<script[^>]*>/g) ?? [];
  expect(scripts).toEqual([expect.stringMatching(/^<script src="\/assets\/\w+\/pages\.js" /)]);
  expect(bare).not.toMatch(/<[^>]*\son\w+=/);
  expect(text).not.toMatch(/<(?:img|iframe|object|style|base|embed)\b/);
  expect(text).not.toMatch(/<[^>]*(?:href|src|action)="(?!https?:|\/|\?|#)/);
  expect(bare).not.toMatch(/<[^>]*\sstyle=/);
  expect(text).not.toContain('\u202e');
}

/** The pages of a request and of its first job. */
const pathsOf = (request: string) => [
  `/requests/${request}`,
  `/jobs/${request}-1`,
  `/jobs/${request}-1/changes`,
  `/jobs/${request}-1/thread.md`,
];

/** What a page has in the places that a pattern finds. */
const found = ({ text }: Shown, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, one]) => one);
const turns = (shown: Shown) => found(shown, /<li id="turn-(\d+)"/g).map(Number);
const rows = (shown: Shown) => found(shown, /<tr role="row" id="r-(\w+)"/g);
const names = (shown: Shown) => found(shown, /name="repository"\s+value="([^"]+)"/g);

const files = (shown: Shown) => found(shown, /<details class="file" open id="file-(\d)"/g);

const savedFile = (name: string) =>
  `prompts:\n  ${name}:\n    prompt: Do the ${name}\n    effort: low\n`;

/** A patch that adds a file with so many lines. */
function added(name: string, count: number): string {
  const lines = Array.from({ length: count }, (_, index) => `+line ${index}\n`).join('');
  return `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${count} @@\n${lines}`;
}

describe('the pages', () => {
  it('show a stranger the same way in, whatever was asked for', async () => {
    const shown = await Promise.all(
      ['/', '/new', '/usage', '/requests/0123456789', '/jobs/0123456789-1'].map(async (path) => {
        const { status, text } = await see(path);
        return [status, text.replaceAll(/to=[^"]*/g, 'to=')];
      }),
    );
    expect(new Set(shown.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(shown[0]?.[0]).toBe(401);
    const deep = await see('/jobs/0123456789-1?page=2');
    expect(deep.text).toContain('/auth/login?to=%2Fjobs%2F0123456789-1%3Fpage%3D2');
  });

  it('load three files of their own and nothing else', async () => {
    const { headers, text } = await see('/', 'requester');
    const policy = headers.get('content-security-policy') ?? '';
    const files = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(files).toHaveLength(3);
    for (const path of files) {
      const file = await web.send(path ?? '');
      expect(file.status).toBe(200);
      expect(file.headers.get('cache-control')).toContain('immutable');
      expect(policy).toContain(`${origin}${path}`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('answer what is hidden like what is not there', async () => {
    const id = await started('requester', ['acme/secret']);
    await ended(`${id}-1`, [turn(1)]);
    const absent = pathsOf('0000000000');
    for (const [index, path] of pathsOf(id).entries()) {
      const hidden = await see(path, 'outsider');
      expect([path, hidden.status, hidden.text]).toEqual([
        path,
        404,
        (await see(absent[index] ?? '', 'outsider')).text,
      ]);
      expect([path, (await see(path, 'reader')).status]).toEqual([path, 200]);
    }
    expect((await see('/', 'outsider')).text).not.toContain(id);
  });

  it('show a reader everything and no form, and let a writer act', async () => {
    const id = await started('requester', ['acme/web']);
    const reader = await see(`/requests/${id}`, 'reader');
    expect(reader.text).toContain('Fix the sums');
    expect(reader.text).not.toContain(`action="/requests/${id}`);
    expect((await send(`/requests/${id}/cancel`, 'reader')).status).toBe(403);
    expect((await see(`/requests/${id}`, 'writer')).text).toContain(`/requests/${id}/cancel"`);
    expect((await send(`/requests/${id}/cancel`, 'outsider')).status).toBe(403);
    const early = await send(`/requests/${id}/retry`, 'writer');
    expect(early.status).toBe(409);
    expect(early.text).toContain(`href="/requests/${id}"`);
    const gone = await send(`/requests/${id}/cancel`, 'writer');
    expect([gone.status, gone.headers.get('location')]).toEqual([303, `/requests/${id}`]);
    const after = await see(`/requests/${id}`, 'writer');
    expect(after.text).toContain('cancelled');
    expect(after.text).not.toContain(`/requests/${id}/cancel"`);
    const again = { fields: { key: 'k'.repeat(30) } };
    const retried = await send(`/requests/${id}/retry`, 'writer', again);
    const twice = await send(`/requests/${id}/retry`, 'writer', again);
    expect(retried.status).toBe(303);
    expect(twice.headers.get('location')).toBe(retried.headers.get('location'));
  });

  it('take forms from themselves only', async () => {
    const id = await started('requester', ['acme/web']);
    const path = `/requests/${id}/cancel`;
    for (const given of [
      { from: 'https://elsewhere.example' },
      { from: 'null' },
      { from: '' },
      { fields: { token: await tokenOf('writer') } },
      { fields: { token: '' } },
    ])
      expect([given, (await send(path, 'requester', given)).status]).toEqual([given, 403]);
    expect((await see(path, 'requester')).status).toBe(404);
    const [job] = await running.jobs.ofRequest(id);
    expect(job?.state).toBe('queued');
  });

  it('keep what others wrote from doing anything', async () => {
    const id = await started('requester', ['acme/web'], { prompt: hostile });
    const tool = (name: string, input: object) => ({
      name,
      input: JSON.stringify(input),
      output: `${hostile}\n\u001b[31mred\u001b[0m`,
      is_error: true,
      duration_ms: 12,
    });
    const events = [
      turn(1, {
        text: hostile,
        thinking: hostile,
        stop_reason: hostile,
        tools: [
          tool('bash', { command: hostile }),
          tool('edit', { file_path: `${hostile}.ts`, old_string: 'a', new_string: hostile }),
          tool('write', { file_path: 'a.html', content: hostile }),
          tool(hostile, { other: hostile }),
          { ...tool('edit', {}), input: `{"file_path":"a","old_string":"${'x'.repeat(50)}…` },
        ],
      }),
      { type: 'notice', text: hostile },
      {
        type: 'setup',
        command: hostile,
        exit_code: 1,
        timed_out: false,
        duration_ms: 1,
        output_tail: hostile,
      },
      { type: 'outcome', code: 'answered', sentence: hostile },
    ];
    const said = { title: hostile, summary: hostile, changes: [hostile] };
    await ended(`${id}-1`, events, {
      submission: { ...said, verification: [], not_done: [hostile], risks: [hostile] },
      verification: {
        status: 'red',
        reason: hostile,
        commands: [{ command: hostile, exit_code: 1, duration_ms: 1, output_tail: hostile }],
      },
      pull_request: { number: 7, url: 'javascript:alert(1)', draft: true, head_sha: '', files: 1 },
      cause: { code: 'stuck', sentence: hostile, next: hostile },
    });
    const query = encodeURIComponent(hostile);
    for (const path of [
      '/',
      `/?requester=${query.slice(0, 30)}`,
      `/?repository=${query}`,
      `/requests/${id}`,
      `/jobs/${id}-1?open=all`,
      `/jobs/${id}-1?q=${query}`,
      `/jobs/${id}-1/changes`,
      `/new?repository=${query}`,
    ]) {
      const shown = await see(path, 'requester');
      expect([path, shown.status]).toEqual([path, 200]);
      expectHarmless(shown);
    }
    const job = await see(`/jobs/${id}-1?open=all`, 'requester');
    expect(job.text).toContain('[U+202E]evil');
    expect(job.text).toContain('<a href="https://evil.example/p.png"');
    const changes = await see(`/jobs/${id}-1/changes`, 'requester');
    expect(changes.text).toContain('[U+202E]gnirts');
    const wrong = await send('/new', 'requester', { fields: { prompt: hostile, find: hostile } });
    expect(wrong.status).toBe(422);
    expectHarmless({ ...wrong, text: wrong.text.replace(/<textarea[\s\S]*?<\/textarea>/, '') });
  });

  it('show a thread of a thousand turns in parts, by turn and by word', async () => {
    const id = await started('requester', ['acme/web']);
    await ended(
      `${id}-1`,
      Array.from({ length: 1_000 }, (_, index) => turn(index + 1)),
    );
    const first = turns(await see(`/jobs/${id}-1`, 'reader'));
    expect([first[0], first.length]).toEqual([1, 50]);
    expect(turns(await see(`/jobs/${id}-1?page=20`, 'reader')).at(-1)).toBe(1_000);
    expect(turns(await see(`/jobs/${id}-1?page=99`, 'reader')).at(-1)).toBe(1_000);
    const asked = await see(`/jobs/${id}-1?turn=777`, 'reader');
    expect(turns(asked)).toContain(777);
    expect(asked.text).toMatch(/<li id="turn-777">\s*<details class="turn" open>/);
    const search = await see(`/jobs/${id}-1?q=NUMBER+7`, 'reader');
    expect(search.text).toContain(`href="/jobs/${id}-1?turn=777#turn-777"`);
    expect(search.text).toContain('More than 100 steps have');
    const file = await see(`/jobs/${id}-1/thread.md`, 'reader');
    expect(file.headers.get('content-disposition')).toBe(
      `attachment; filename="thread-${id}-1.md"`,
    );
  });

  it('show the thread of a job that still runs, out of its journal and without secrets', async () => {
    const id = await started('requester', ['acme/web']);
    const set = { state: 'running', started_at: running.now() };
    await running.table.transact([{ type: 'update', key: keys.job(`${id}-1`), set }]);
    const entry = async (seq: number, rest: object) => {
      const body = JSON.stringify({ seq, at: 1, attempt: 1, ...rest });
      const item = { ...keys.journal(`${id}-1`, seq), type: 'journal', seq };
      const stored =
        seq % 2 === 0 ? { body } : { pointer: await running.bucket.put('journal', body) };
      await running.table.transact([{ type: 'put', item: { ...item, ...stored } }]);
    };
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const job = await running.jobs.get(`${id}-1`);
    if (!job) throw new Error('The job is there');
    const commands = createCommandLog(running, job);
    const setup = { kind: 'setup', index: 0 } as const;
    await commands.tell(setup, { type: 'notice', text: 'Set-up runs: `npm ci`' });
    expect((await see(`/jobs/${id}-1`, 'reader')).text).toContain(
      'Set-up runs: <code>npm ci</code>',
    );
    const ended = { command: 'npm ci', exit_code: 0, timed_out: false, duration_ms: 900 };
    await commands.tell(setup, { type: 'setup', ...ended, output_tail: `with ${secret}: added 7` });
    await entry(1, {
      type: 'response',
      turn: 1,
      message: {
        role: 'assistant',
        content: [
          { type: 'text', text: `The key is ${secret}, and also: a key for the model` },
          { type: 'tool_use', id: 't1', name: 'bash', input: { command: 'npm test' } },
        ],
      },
      usage: { ...noTokens, cache_creation_1h_input_tokens: 0 },
      stop_reason: 'tool_use',
      cost_micro_usd: 100,
    });
    const before = await see(`/jobs/${id}-1`, 'reader');
    expect(before.text).toContain('id="turn-1"');
    expect(before.text).not.toContain('Set-up runs');
    expect(before.text).toMatch(/: added 7/);
    expect(before.text).not.toContain(secret);
    expect(before.text).not.toContain('a key for the model');
    expect(before.text).not.toContain('npm test');
    const result = { content: [{ type: 'text', text: '12 passed' }], is_error: false };
    await entry(2, {
      type: 'tool_result',
      tool_use_id: 't1',
      result: { ...result, mutated: false, duration_ms: 5 },
    });
    const after = await see(`/jobs/${id}-1`, 'reader');
    expect(after.text).toContain('12 passed');
    expect(after.text).toContain(`data-events="/api/jobs/${id}-1/events"`);
    expect((await see(`/jobs/${id}-1`, 'outsider')).text).toContain('12 passed');
    const file = await see(`/jobs/${id}-1/thread.md`, 'reader');
    expect(file.text).toContain('12 passed');
    expect(file.text).toContain('The job goes on');
    const cookie = await web.signIn('reader');
    const same = await web.send(`/api/jobs/${id}-1/thread`, { headers: { cookie } });
    const text = await same.text();
    expect(JSON.parse(text)).toMatchObject({
      complete: false,
      total: 2,
      events: [{ type: 'setup' }, { index: 1 }],
    });
    expect(file.text + text).not.toContain(secret);
    // Somebody else has the job by now, with the same attempt because its host was taken away.
    const taken = { fence: job.fence + 1 };
    await running.table.transact([{ type: 'update', key: keys.job(`${id}-1`), set: taken }]);
    await expect(commands.tell(setup, { type: 'notice', text: 'Late' })).rejects.toThrow();
    const next = await see(`/jobs/${id}-1`, 'reader');
    expect(next.text).not.toMatch(/added 7|Late/);
    expect(next.text).toContain('id="turn-1"');
  });

  it('list requests in parts that hold still, by state, repository and person', async () => {
    const oldest = await started('writer', ['acme/one']);
    const ids = [...(await copied(oldest, 31)), oldest];
    const query = '?repository=acme%2Fone&requester=writer';
    const first = await see(`/${query}`, 'reader');
    expect(rows(first)).toEqual(ids.slice(0, 25));
    const older = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    await started('writer', ['acme/one']);
    expect(rows(await see(older, 'reader'))).toEqual(ids.slice(25));
    expect(rows(await see(`/${query}&state=failed`, 'reader'))).toEqual([]);
    const wrong = await see('/?repository=one', 'reader');
    expect(wrong.text).toContain('Write the repository as');
    expect((await see(`/${query}&from=nonsense`, 'reader')).status).toBe(400);
  });

  it('offer repositories that the person may write to, and keep the form when it is refused', async () => {
    expect(names(await see('/new', 'reader'))).toEqual([]);
    expect(names(await see('/new', 'requester'))).toContain('acme/secret');
    const looked = await send('/new', 'requester', {
      fields: { step: 'find', find: 'partner', prompt: 'Kept', repository: 'acme/web' },
    });
    expect(names(looked)).toEqual(['acme/web', 'globex/partner']);
    expect(looked.text).toContain('Kept</textarea>');
    const many = ['web', 'api', 'one', 'two', 'secret', 'bare'].map((name) => `acme/${name}`);
    const refused = await send('/new', 'requester', {
      fields: { prompt: 'Kept', repository: many, budget: 'much' },
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose five repositories at most.');
    expect(refused.text).toContain('Write the budget in US dollars');
    const unknown = await send('/new', 'requester', {
      fields: { prompt: 'Kept', repository: 'acme/vault' },
    });
    expect(unknown.text).toContain('acme/vault');
    expect(unknown.text).toContain('Kept</textarea>');
  });

  it('fill in a saved prompt, but none of a private file that speaks for others', async () => {
    const collaborators = { requester: 'write' } as const;
    const { seed } = running.github;
    await seed.repository({
      owner: 'globex',
      name: 'saved',
      collaborators,
      files: { '.github/cody.yml': savedFile('release') },
    });
    await seed.repository({
      owner: 'globex',
      name: '.github',
      private: true,
      files: { 'cody.yml': savedFile('private-chore') },
    });
    const repository = 'globex/saved';
    const shown = await send('/new', 'requester', { fields: { step: 'prompts', repository } });
    expect(shown.text).toContain('value="saved:release"');
    expect(shown.text).not.toContain('private-chore');
    const filled = await send('/new', 'requester', {
      fields: { step: 'saved:release', repository, prompt: 'Mine' },
    });
    expect(filled.text).toContain('Do the release</textarea>');
    expect(filled.text).toMatch(/<option value="low" selected/);
    const guessed = await send('/new', 'requester', {
      fields: { step: 'saved:private-chore', repository, prompt: 'Mine' },
    });
    expect(guessed.text).toContain('Mine</textarea>');
    // Nothing is read for those who may not write there.
    const reader = await send('/new', 'reader', { fields: { step: 'prompts', repository } });
    expect(reader.text).not.toContain('saved:release');
  });

  it('say what a repository usually costs once enough jobs have ended there', async () => {
    const repository = ['acme/two', 'acme/api'];
    const before = await send('/new', 'requester', { fields: { step: 'find', repository } });
    expect(before.text).toContain('Too few jobs have ended there');
    const id = await started('writer', ['acme/two']);
    await ended(`${id}-1`, [turn(1)], { cost_micro_usd: 250_000 });
    await copied(id, 3);
    const after = await send('/new', 'requester', { fields: { step: 'find', repository } });
    expect(after.text).toContain('There it is usually $0.2500–$0.2500 together, for 1 of the 2');
    const stranger = await see('/new?repository=acme/secret', 'outsider');
    expect(stranger.text).not.toContain('usually $');
  });

  it('take a base branch for each repository', async () => {
    const branches = { 'branch:acme/api': 'nowhere', 'branch:acme/two': 'ignored' };
    const fields = { prompt: 'Kept', repository: ['acme/web', 'acme/api'], ...branches };
    const refused = await send('/new', 'requester', { fields });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('nowhere');
    expect(refused.text).toMatch(/name="branch:acme\/api"\s+value="nowhere"/);
    const id = await started('requester', ['acme/web', 'acme/api'], { 'branch:acme/api': 'main' });
    const jobs = await running.jobs.ofRequest(id);
    expect(jobs.map(({ base_branch: base }) => base)).toEqual(['main', 'main']);
  });

  it('show the changes file by file, and long ones one at a time', async () => {
    const id = await started('requester', ['acme/web']);
    const patch = [
      patchText,
      added('long.txt', 2_900),
      added('longer.txt', 5_100),
      'diff --git a/old.ts b/new.ts\nsimilarity index 100%\nrename from old.ts\nrename to new.ts\n',
      'diff --git a/gone.ts b/gone.ts\ndeleted file mode 100644\n--- a/gone.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n',
      'diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n',
    ].join('');
    await ended(`${id}-1`, [turn(1)], { patch: await running.bucket.put('patch', patch) });
    const all = await see(`/jobs/${id}-1/changes`, 'reader');
    expect(all.text).toMatch(/6 changed files/);
    expect(files(all)).toEqual(['0', '1']);
    expect(all.text).toContain('href="?file=2#file-2"');
    const one = await see(`/jobs/${id}-1/changes?file=2`, 'reader');
    expect(files(one)).toEqual(['2']);
    expect(one.text).toContain('This file is cut here');
    expect((await see(`/jobs/${id}-1/changes?file=3`, 'reader')).text).toContain('old.ts → new.ts');
    expect((await see(`/jobs/${id}-1/changes?file=4`, 'reader')).text).toContain('deleted');
    expect((await see(`/jobs/${id}-1/changes?file=5`, 'reader')).text).toContain('Only the mode');
    expect(files(await see(`/jobs/${id}-1/changes?file=99`, 'reader'))).toEqual(['0', '1']);
  });

  it('put a private repository first, so that its privacy holds', async () => {
    const fields = { 'private:acme/secret': '1', allow_public: '1', plan: '1', effort: 'low' };
    const id = await started('requester', ['acme/web', 'acme/secret'], fields);
    const request = await running.requests.get(id);
    expect(request).toMatchObject({ plan: true, effort: 'low', allow_public: true });
    expect(request?.source.repository.name).toBe('secret');
    const stranger = await see(`/requests/${id}`, 'outsider');
    expect(stranger.text).not.toContain('Fix the sums');
    expect(stranger.text).not.toContain('secret');
  });

  it('sum up what work cost, with the numbers as tables', async () => {
    const usage = await see('/usage?days=14', 'requester');
    expect(usage.text).toContain('acme/web');
    expect(usage.text).toMatch(/<caption>\s*By model\s*<\/caption>/);
    expect(usage.text.match(/<svg[^>]*role="img"/g)).toHaveLength(2);
    expect(usage.text).not.toContain('NaN');
    const nothing = await see('/usage', 'outsider');
    expect(nothing.text).not.toContain('acme/secret');
  });

  it('say as pages what is wrong, and come again later after too many', async () => {
    expect((await see('/nowhere', 'reader')).text).toContain('There is nothing here');
    const json = await web.send('/nowhere');
    expect(json.headers.get('content-type')).toBe('application/problem+json');
    const late = await see('/auth/callback?code=a&state=b');
    expect([late.status, late.text.includes('The sign-in was not completed')]).toEqual([403, true]);
    const big = await send('/new', 'reader', { fields: { prompt: 'x'.repeat(300_000) } });
    expect(big.status).toBe(413);
    // More than can be let through in the time that a busy machine takes.
    const pages = await Promise.all(
      Array.from({ length: 300 }, () => see('/jobs/0000000000-1', 'reader')),
    );
    const limited = pages.find(({ status }) => status === 429);
    expect(limited?.text).toContain('Too many calls at once');
    expect(limited?.headers.get('retry-after')).toBe('1');
  });
});
