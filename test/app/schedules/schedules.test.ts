import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nextTime } from '../../../core/repo-config/schedule-times.ts';
import { requestId, sha256 } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import { createScheduleStore, type ScheduleStore } from '../../../core/store/schedules.ts';
import { keys } from '../../../core/store/table-schema.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

let running: RunningApp;
let schedules: ScheduleStore;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cody-policy-'));
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, 'budget: {schedule_day: 3}\n');
  running = await startRunningApp(file);
  schedules = createScheduleStore({ table: running.table, now: running.now });
});
afterEach(async () => {
  expect(running.github.violations()).toEqual([]);
  for (const job of [...(await running.jobs.active(50)), ...(await running.jobs.queued(50))])
    await running.jobs.move(job, 'cancelled');
  await running.pump();
  for (const { name, id } of made.splice(0)) {
    running.github.seed.updateRepository({ owner: 'acme', name, archived: true });
    const book = await schedules.book(id);
    if (book) await schedules.removeBook(book);
  }
});
afterAll(async () => {
  await running.close();
  rmSync(folder, { recursive: true });
});

const path = '.github/cody.yml';
const nightly = { cron: '0 3 * * *' };
const nightlyFile = 'schedule: [{name: nightly, prompt: Tidy up, cron: 0 3 * * *}]\n';

const made: Readonly<{ name: string; id: number }>[] = [];

/** A repository with this file, which the App knows because somebody asked there. */
async function repository(name: string, file = nightlyFile) {
  const files = { 'README.md': '# x\n', [name === '.github' ? 'cody.yml' : path]: file };
  const collaborators = { requester: 'write', writer: 'write' } as const;
  const wanted = { owner: 'acme', name, private: true, files, collaborators };
  const { id } = await running.github.seed.repository(wanted);
  made.push({ name, id });
  return id;
}

/** Asks what there is, and returns the answer. */
async function asked(name: string): Promise<string> {
  const issue = running.issue('acme', name);
  await running.comment(issue, 'requester', '/cody prompts');
  await running.pump();
  return (await running.comments(issue)).at(-1)?.body ?? '';
}

async function known(name: string, file?: string) {
  const id = await repository(name, file);
  await asked(name);
  return id;
}

/** Goes on to the next time of the schedule, and returns it. */
function toNextTime(): number {
  const at = nextTime(nightly, running.now())!;
  running.pass(at - running.now() + 1_000);
  return at;
}

const idOf = (repositoryId: number, at: number, name = 'nightly') =>
  requestId(`schedule:${repositoryId}:${name}:${at}`);

async function jobOf(request: string): Promise<Job> {
  return (await running.jobs.ofRequest(request))[0]!;
}

async function noteOf(repositoryId: number, name = 'nightly') {
  const book = await schedules.book(repositoryId);
  return book?.entries.find((entry) => entry.name === name)?.note;
}

/** The job in the hands of a worker with this key. */
async function claimed(job: Job, key = 'k'): Promise<Job> {
  if (job.state === 'starting')
    await running.jobs.requeue(job, { notBefore: 0, waitingFor: undefined });
  const attemptKeySha256 = sha256(key);
  const started = await running.jobs.start((await running.jobs.get(job.id))!, {
    admission: { global: 9, installation: 9, repository: 9 },
    attemptKeySha256,
    startWithinMs: 60_000,
  });
  if (started.type !== 'started') throw new Error(started.type);
  const { id, attempt } = started.job;
  return (await running.jobs.claim({
    id,
    attempt,
    attemptKeySha256,
    owner: 'w',
    leaseMs: 60_000,
  }))!;
}

const key = 'k'.repeat(43);

/** The agent's work has ended. */
const publishing = (job: Job) => running.jobs.move(job, 'publishing', { phase: 'publish' });

/** Asks the broker as the worker of a job that was claimed with the key. */
const publishToken = (job: Job) =>
  running.app.broker({ job_id: job.id, attempt: job.attempt, key, want: 'publish' });

/** Calls GitHub as a person, below a repository. */
async function call(name: string, operation: string, body?: object): Promise<unknown> {
  const [method = 'GET', path = ''] = operation.split(' ');
  const answer = await fetch(new URL(`/repos/acme/${name}/${path}`, running.github.url), {
    method,
    headers: {
      authorization: `Bearer ${running.github.userToken('writer')}`,
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
      'user-agent': 'a-person',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Puts a file on a branch; a new branch starts at main. */
async function write(name: string, branch: string, file: { path: string; content: string }) {
  const tip = (await call(name, 'GET git/ref/heads/main')) as { object: { sha: string } };
  const parent = tip.object.sha;
  const tree = [{ ...file, mode: '100644', type: 'blob' }];
  const made = (await call(name, 'POST git/trees', { base_tree: parent, tree })) as Sha;
  const commit = { message: 'Change', tree: made.sha, parents: [parent] };
  const { sha } = (await call(name, 'POST git/commits', commit)) as Sha;
  if (branch === 'main') await call(name, 'PATCH git/refs/heads/main', { sha });
  else await call(name, 'POST git/refs', { ref: `refs/heads/${branch}`, sha });
}
type Sha = { sha: string };

describe('a schedule on the default branch', () => {
  it('becomes one request without a comment, however many sweeps see it', async () => {
    const id = await repository('plain');
    // Nobody says so: the App looks for schedules itself.
    await running.app.sweep();
    const at = toNextTime();
    await Promise.all([running.app.sweep(), running.app.sweep()]);
    await running.app.sweep();
    expect(await running.pump()).toEqual([]);
    const request = await running.requests.get(idOf(id, at));
    expect(request).toMatchObject({
      requester: { id: 0, login: 'schedule' },
      source: { type: 'schedule', name: 'nightly', due_at: at, repository: { id } },
      prompt_excerpt: 'Tidy up',
      job_ids: [`${idOf(id, at)}-1`],
    });
    const report = await running.requests.report(request!.id);
    expect(report).toMatchObject({ wanted: report?.rendered });
    expect(report?.status_comment_id).toBeUndefined();
    const [entry] = (await schedules.book(id))!.entries;
    expect(entry).toMatchObject({ due_at: nextTime(nightly, at), request_id: request!.id });
  });

  it('is known to run after a crash between its start and the note of it', async () => {
    const hourly = { cron: '0 * * * *' };
    const id = await known(
      'crash',
      'schedule: [{name: hourly, prompt: Tidy up, cron: 0 * * * *}]\n',
    );
    const at = nextTime(hourly, running.now())!;
    running.pass(at - running.now() + 1_000);
    const before = (await schedules.book(id))!;
    await running.app.sweep();
    const [started] = (await schedules.book(id))!.entries;
    expect(started?.request_id).toBe(idOf(id, at, 'hourly'));
    // As the crash left it: begun, and nothing more.
    const { version } = (await schedules.book(id))!;
    const entries = before.entries.map((entry) => ({ ...entry, begun_at: at }));
    expect(await schedules.saveBook({ ...before, entries, version })).toBe(true);
    const later = nextTime(hourly, at)!;
    running.pass(later - running.now() + 1_000);
    await running.app.sweep();
    const [entry] = (await schedules.book(id))!.entries;
    expect(entry).toMatchObject({
      request_id: started!.request_id,
      due_at: nextTime(hourly, later),
    });
    expect(entry?.begun_at).toBeUndefined();
    expect(await running.requests.get(idOf(id, later, 'hourly'))).toBeUndefined();
  });

  it('is known to run when another one of its repository fails', async () => {
    const both = `schedule:\n- ${JSON.stringify({ name: 'nightly', prompt: 'Tidy up', ...nightly })}\n- ${JSON.stringify({ name: 'broken', prompt: 'Tidy up', ...nightly })}\n`;
    const id = await known('beside', both);
    const at = toNextTime();
    const unreadable = { ...keys.command(`schedule:${id}:broken:${at}`), type: 'unreadable' };
    await running.table.transact([{ type: 'put', item: unreadable }]);
    await running.app.sweep();
    const { entries = [], due_at } = (await schedules.book(id)) ?? {};
    expect(entries).toMatchObject([
      { name: 'nightly', request_id: idOf(id, at), due_at: nextTime(nightly, at) },
      { name: 'broken', due_at: at },
    ]);
    expect(due_at).toBeGreaterThan(at);
    expect(due_at).toBeLessThanOrEqual(running.now() + 60_000);
  });

  it('does not run while the run before goes on, nor while its pull request is open', async () => {
    const id = await known('busy');
    const first = idOf(id, toNextTime());
    await running.app.sweep();
    const job = await jobOf(first);
    toNextTime();
    // The sweep must not take the job for lost while the day passes.
    await running.jobs.requeue(await claimed(job), {
      notBefore: running.now() + 3_600_000,
      waitingFor: undefined,
    });
    await running.app.sweep();
    expect(await noteOf(id)).toBe(`skipped: request ${first} is still going`);

    await write('busy', 'tidy', { path: 'README.md', content: '# y\n' });
    const opened = { title: 'Tidy', head: 'tidy', base: 'main' };
    const { number } = (await call('busy', 'POST pulls', opened)) as { number: number };
    const publishing = await running.jobs.move(await claimed(await jobOf(first)), 'publishing');
    await running.jobs.move(publishing, 'pull_request', {
      pull_request: { number, url: 'u', draft: false, head_sha: 'a', files: 1 },
    });
    const skipped = toNextTime();
    await running.app.sweep();
    expect(await running.requests.get(idOf(id, skipped))).toBeUndefined();
    expect(await noteOf(id)).toBe(`skipped: #${number} is open`);
    expect(await asked('busy')).toContain(`skipped: #${number} is open`);

    await call('busy', `PATCH pulls/${number}`, { state: 'closed' });
    const again = toNextTime();
    await running.app.sweep();
    expect(await running.requests.get(idOf(id, again))).toBeDefined();
  });

  it('does not run once the file has changed, and runs at its new time', async () => {
    const id = await known('changed');
    await write('changed', 'main', { path, content: nightlyFile.replace('0 3', '0 4') });
    const at = toNextTime();
    await running.app.sweep();
    expect(await running.requests.get(idOf(id, at))).toBeUndefined();
    const [entry] = (await schedules.book(id))!.entries;
    expect(entry).toMatchObject({ cron: '0 4 * * *', due_at: at + 3_600_000 });
  });

  it('is skipped when its time was missed by more than an hour', async () => {
    const id = await known('missed');
    const at = toNextTime();
    running.pass(2 * 3_600_000);
    await running.app.sweep();
    expect(await running.requests.get(idOf(id, at))).toBeUndefined();
    expect(await noteOf(id)).toContain('missed');
  });

  it('has a cap of its own, told by `/cody prompts`', async () => {
    const two = `${nightlyFile.slice(0, -2)}, {name: other, prompt: x, cron: 0 3 * * *}]\n`;
    const id = await known('capped', two);
    toNextTime();
    await running.app.sweep();
    expect(await noteOf(id)).toBeUndefined();
    expect(await noteOf(id, 'other')).toContain(
      'that the schedules of a repository have for today',
    );
  });

  it('is forgotten when its repository is archived', async () => {
    const id = await known('kept');
    running.github.seed.updateRepository({ owner: 'acme', name: 'kept', archived: true });
    toNextTime();
    await running.app.sweep();
    expect(await schedules.book(id)).toBeUndefined();
  });

  it('gets tokens for its own repository while it stands there', async () => {
    const id = await known('held');
    const other = await repository('elsewhere', 'effort: low\n');
    const request = idOf(id, toNextTime());
    await running.app.sweep();
    const job = await publishing(await claimed(await jobOf(request), key));
    const ask = () => publishToken(job);
    expect((await ask()).answer).toMatchObject({ type: 'token', owner: 'acme', name: 'held' });
    const item = keys.grant(job.id);
    const move = (repository: object) =>
      running.table.transact([{ type: 'update', key: item, set: { repository } }]);
    const refused = { type: 'refused', code: 'permission_lost', transient: false };
    await move({ ...job.repository, id: other, name: 'elsewhere' });
    expect((await ask()).answer).toMatchObject(refused);
    await move(job.repository);
    await write('held', 'main', { path, content: 'effort: low\n' });
    expect((await ask()).answer).toMatchObject(refused);
  });
});

it('runs a set in the repositories that accept it, and leaves the others out', async () => {
  const accepting = await repository('accepting', 'accept_sets: [all]\n');
  await repository('refusing', 'effort: low\n');
  const id = await known(
    '.github',
    'sets: {all: {repositories: [acme/accepting, acme/refusing, globex/partner], prompt: Tidy up, schedule: {cron: 0 3 * * *}}}\n',
  );
  const request = idOf(id, toNextTime(), 'all');
  await running.app.sweep();
  const jobs = await running.jobs.ofRequest(request);
  expect(jobs.map(({ repository: { id: target } }) => target)).toEqual([accepting]);
  const job = await publishing(await claimed(jobs[0]!, key));
  expect((await publishToken(job)).answer).toMatchObject({ type: 'token', name: 'accepting' });
  await write('.github', 'main', { path: 'cody.yml', content: 'effort: low\n' });
  expect((await publishToken(job)).answer).toMatchObject({ code: 'permission_lost' });
});

it('starts five a minute where many are due at once, and loses none', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const entries = names.map((name) => `  - {name: ${name}, prompt: cheap, cron: 0 3 * * *}\n`);
  const file = `prompts: {cheap: {prompt: Tidy up, budget: 0.1}}\nschedule:\n${entries.join('')}`;
  const ids = [await known('many-1', file), await known('many-2', file)];
  const at = toNextTime();
  const count = async () => {
    const wanted = ids.flatMap((id) => names.map((name) => idOf(id, at, name)));
    const all = await Promise.all(wanted.map((id) => running.requests.get(id)));
    return all.filter((request) => request !== undefined).length;
  };
  await running.app.sweep();
  expect(await count()).toBe(5);
  running.pass(61_000);
  await running.app.sweep();
  expect(await count()).toBe(8);
});

it('starts nothing that was not written down before, also where others are passed over', async () => {
  const plans = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, prompt: 'plan', ...nightly }));
  const schedule = [...plans, { name: 'last', prompt: 'cheap', ...nightly }];
  const prompts = {
    plan: { prompt: 'Plan it', plan: true },
    cheap: { prompt: 'Tidy up', budget: 0.1 },
  };
  const id = await known('passing', `${JSON.stringify({ prompts, schedule })}\n`);
  const at = toNextTime();
  await running.app.sweep();
  expect(await running.requests.get(idOf(id, at, 'last'))).toBeUndefined();
  running.pass(61_000);
  await running.app.sweep();
  expect(await running.requests.get(idOf(id, at, 'last'))).toBeDefined();
});
