import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createGithub } from '../../core/github/octokit.ts';
import { sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { keys } from '../../core/store/table-schema.ts';
import { type RunningApp, startRunningApp } from './support/running-app.ts';

/*
 * What the broker gives, to whom, and what it leaves behind. What it refuses for the state of a repository or a person
 * stands with the jobs.
 */

let running: RunningApp;

beforeAll(async () => {
  running = await startRunningApp(undefined, { keepBodies: true });
});
afterEach(async () => {
  running.github.faults.clear();
  for (const job of [...(await running.jobs.active(50)), ...(await running.jobs.queued(50))])
    await running.jobs.move(job, 'cancelled');
  await running.pump();
});
afterAll(() => running.close());

const admission = { global: 99, installation: 99, repository: 99 };
const keyOf = (letter: string) => letter.repeat(43);

/** A job of a request of its own, running in an attempt with this key. */
async function runningJob(key: string, repository = 'web'): Promise<Job> {
  const issue = running.issue('acme', repository);
  await running.comment(issue, 'requester', '/cody Fix it');
  await running.pump();
  const request = await running.requestOf(issue);
  const [job] = await running.jobs.ofRequest(request?.id ?? '');
  if (!job) throw new Error('No job');
  return attemptOf(job, key);
}

/** The next attempt of a job. */
async function attemptOf(job: Job, key: string): Promise<Job> {
  const queued =
    job.state === 'queued'
      ? job
      : await running.jobs.requeue(job, { notBefore: 0, waitingFor: undefined });
  const start = { admission, attemptKeySha256: sha256(key), startWithinMs: 60_000 };
  const started = await running.jobs.start(queued, start);
  if (started.type !== 'started') throw new Error(started.type);
  const { id, attempt } = started.job;
  const claim = { id, attempt, attemptKeySha256: sha256(key), owner: 'test', leaseMs: 60_000 };
  const claimed = await running.jobs.claim(claim);
  if (!claimed) throw new Error('Not claimed');
  return claimed;
}

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** Changes who may use a repository, in its file on its default branch. */
async function writeFile(repo: string, content: string): Promise<void> {
  const token = running.github.userToken('writer');
  const { git } = createGithub({ baseUrl: running.github.url, token, log, pacing: 0 }).rest;
  const at = { owner: 'acme', repo };
  const parent = (await git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
  const tree = [{ path: '.github/cody.yml', mode: '100644', type: 'blob', content } as const];
  const made = (await git.createTree({ ...at, base_tree: parent, tree })).data.sha;
  const commit = { message: 'Change', tree: made, parents: [parent] };
  const { sha } = (await git.createCommit({ ...at, ...commit })).data;
  await git.updateRef({ ...at, ref: 'heads/main', sha });
}

async function ask(job: Pick<Job, 'id' | 'attempt'>, key: string, want: string) {
  return running.app.broker({ job_id: job.id, attempt: job.attempt, key, want });
}

async function tokenOf(job: Job, key: string, want: string) {
  const { answer } = await ask(job, key, want);
  if (answer.type !== 'token') throw new Error(JSON.stringify(answer));
  return answer;
}

/** What the App has asked GitHub for in the meantime. */
async function asked(meanwhile: () => Promise<unknown>) {
  const before = running.github.requests().length;
  await meanwhile();
  await running.github.settled();
  const calls = running.github.requests().slice(before);
  return {
    mints: calls.filter(({ path }) => path.endsWith('/access_tokens')),
    revoked: calls.filter(
      ({ method, path }) => method === 'DELETE' && path === '/installation/token',
    ),
  };
}

function mintsSoFar(): number {
  return running.github.requests().filter(({ path }) => path.endsWith('/access_tokens')).length;
}

const gone = { status: 403, answer: { type: 'refused', transient: false } };

it('asks GitHub for one repository and what the phase needs, and to publish only then', async () => {
  const job = await runningJob(keyOf('a'));
  const read = await asked(() => tokenOf(job, keyOf('a'), 'read'));
  expect(read.mints.map(({ body }) => body)).toEqual([
    {
      repository_ids: [job.repository.id],
      permissions: { contents: 'read', metadata: 'read' },
    },
  ]);
  const check = await asked(() => tokenOf(job, keyOf('a'), 'check'));
  expect(check.mints.map(({ body }) => body)).toEqual([
    {
      repository_ids: [job.repository.id],
      permissions: { checks: 'write', metadata: 'read' },
    },
  ]);
  const early = await asked(async () =>
    expect(await ask(job, keyOf('a'), 'publish')).toMatchObject(gone),
  );
  expect(early.mints).toEqual([]);
  const publishing = await running.jobs.move(job, 'publishing', { phase: 'publish' });
  const write = await asked(() => tokenOf(publishing, keyOf('a'), 'publish'));
  expect(write.mints.map(({ body }) => body)).toEqual([
    {
      repository_ids: [job.repository.id],
      permissions: {
        contents: 'write',
        metadata: 'read',
        pull_requests: 'write',
        checks: 'write',
      },
    },
  ]);
});

it('gives a token of its own for each question, for an hour at most', async () => {
  const job = await runningJob(keyOf('a'));
  const tokens = [await tokenOf(job, keyOf('a'), 'read'), await tokenOf(job, keyOf('a'), 'read')];
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(2);
  for (const { expires_at: at } of tokens) expect(at).toBeLessThanOrEqual(Date.now() + 3_600_000);
});

it('knows the job of a key: that of a job beside it is none, and GitHub hears nothing', async () => {
  const [one, other] = [await runningJob(keyOf('a')), await runningJob(keyOf('b'), 'one')];
  const { mints } = await asked(async () => {
    for (const want of ['read', 'check', 'publish', 'model']) {
      expect(await ask(other, keyOf('a'), want), want).toMatchObject(gone);
      expect(await ask(one, keyOf('b'), want), want).toMatchObject(gone);
      // The hash of a key is not the key.
      expect(await ask(one, sha256(keyOf('a')), want), want).toMatchObject(gone);
    }
  });
  expect(mints).toEqual([]);
});

it('lets a key die with its attempt, also when the number of the attempt comes again', async () => {
  const first = await runningJob(keyOf('a'));
  const second = await attemptOf(first, keyOf('b'));
  expect(await ask(first, keyOf('a'), 'read')).toMatchObject(gone);
  expect(await ask(second, keyOf('a'), 'read')).toMatchObject(gone);
  expect(await ask(second, keyOf('b'), 'read')).toMatchObject({ answer: { type: 'token' } });
  const waiting = await running.jobs.requeue(second, { notBefore: 0, waitingFor: undefined });
  for (const attempt of [waiting.attempt, second.attempt])
    expect(await ask({ id: second.id, attempt }, keyOf('b'), 'model')).toMatchObject(gone);
});

/** What whoever took over a worker may do on AWS: write the item of a job, with any content. */
function rewrite(job: Job, set: Readonly<Partial<Job>>): Promise<void> {
  return running.table.transact([{ type: 'update', key: keys.job(job.id), set }]);
}

it('takes repository, installation and person from where no worker can write', async () => {
  const job = await runningJob(keyOf('a'));
  const other = await runningJob(keyOf('b'), 'one');
  const before = await asked(() => tokenOf(job, keyOf('a'), 'read'));
  const { repository, installation_id, requester_id } = other;
  await rewrite(job, {
    repository: { ...repository, private: false },
    installation_id: installation_id + 1,
    requester_id: requester_id + 1,
    iteration: { pull_request: 1, own: true, trusted_sha: job.base_sha },
  });
  const after = await asked(() => tokenOf(job, keyOf('a'), 'read'));
  expect(after.mints.map(({ path, body }) => [path, body])).toEqual(
    before.mints.map(({ path, body }) => [path, body]),
  );
});

/** Jobs as the server sees and writes them. */
const server = () => createJobStore({ table: running.table, now: running.now, grants: true });

/** Brings the comments of a job's request up to date. */
function tell({ request_id }: Job): Promise<void> {
  const body = JSON.stringify({ type: 'report', request_id });
  return running.app.ingest({ id: 'end', body, attributes: {} });
}

it("knows a key from the grant alone: a hash in a job's item opens nothing", async () => {
  const [own, other] = [await runningJob(keyOf('a')), await runningJob(keyOf('b'), 'one')];
  const { mints } = await asked(async () => {
    await rewrite(other, { attempt_key_sha256: sha256(keyOf('a')) });
    for (const want of ['read', 'check', 'publish', 'model'])
      expect(await ask(other, keyOf('a'), want), want).toMatchObject(gone);
    // Its own key is for its own attempt, also when the job says that this is another one.
    await rewrite(own, { attempt: 7 });
    for (const attempt of [7, own.attempt])
      expect(await ask({ id: own.id, attempt }, keyOf('a'), 'read')).toMatchObject(gone);
  });
  expect(mints).toEqual([]);
});

it('gives nothing to an attempt that the server has given up, whatever its job says', async () => {
  const [one, other] = [await runningJob(keyOf('a')), await runningJob(keyOf('b'), 'one')];
  await server().requeue(one, { notBefore: 0, waitingFor: undefined });
  await server().giveUp(other, 'failed', {});
  for (const job of [one, other]) {
    const { state, attempt, fence, attempt_key_sha256 } = job;
    await rewrite(job, { state, attempt, fence, attempt_key_sha256 });
  }
  expect(await ask(one, keyOf('a'), 'read')).toMatchObject(gone);
  expect(await ask(other, keyOf('b'), 'read')).toMatchObject(gone);
});

it('gives nothing for a job whose end was told, and starts it never again', async () => {
  const job = await runningJob(keyOf('a'));
  await running.jobs.move(job, 'failed');
  await tell(job);
  await rewrite(job, { state: job.state });
  expect(await ask(job, keyOf('a'), 'read')).toMatchObject(gone);
  await rewrite(job, { state: 'queued' });
  const again = JSON.stringify({ type: 'job', job_id: job.id });
  await running.app.dispatch({ id: 'again', body: again, attributes: {} });
  expect(await running.jobs.get(job.id)).toMatchObject({ cause: { code: 'launch_failed' } });
});

it('ends the grants of a request alone, whatever stands among its jobs', async () => {
  const [own, other] = [await runningJob(keyOf('a')), await runningJob(keyOf('b'), 'one')];
  const { pk } = keys.job(own.id);
  await running.table.transact([
    { type: 'put', item: { ...other, pk, sk: 'JOB#x', state: 'failed' } },
    { type: 'put', item: { ...other, pk, sk: `JOB#${other.id}`, state: 'failed' } },
  ]);
  await running.jobs.move(own, 'failed');
  await tell(own);
  expect(await ask(own, keyOf('a'), 'read')).toMatchObject(gone);
  expect((await ask(other, keyOf('b'), 'read')).answer).toMatchObject({ type: 'token' });
});

it('writes for what was accepted, also when the report comes once more', async () => {
  const job = await runningJob(keyOf('a'));
  const { repository } = await runningJob(keyOf('b'), 'one');
  const pull_request = { number: 1, url: 'u', draft: false, head_sha: 'f'.repeat(40), files: 1 };
  const publishing = await running.jobs.move(job, 'publishing');
  const ended = await running.jobs.move(publishing, 'pull_request', { pull_request });
  const forged = { installation_id: 4242, repository };
  const extra = { ...ended, ...forged, id: `${job.request_id}-9` };
  const before = running.github.requests().length;
  for (const round of ['first', 'again']) {
    await rewrite(job, forged);
    await running.table.transact([{ type: 'put', item: { ...extra, ...keys.job(extra.id) } }]);
    await running.requests.wantAgain(job.request_id);
    await tell(job);
    // Neither what a worker wrote of its job nor a job that it added.
    const seen = await server().ofRequest(job.request_id);
    expect(seen, round).toMatchObject([{ id: job.id, installation_id: job.installation_id }]);
  }
  const since = running.github.requests().slice(before);
  const paths = since.map(({ path }) => path);
  expect(paths).toContain('/repos/acme/web/pulls/1');
  expect(paths.filter((path) => /acme\/one|4242/.test(path))).toEqual([]);
});

it('starts no job that nobody accepted: one with an item alone ends with its cause', async () => {
  const job = await runningJob(keyOf('a'));
  const id = `${job.request_id}-9`;
  const forged: Job = { ...job, id, state: 'queued', attempt: 0, attempt_key_sha256: undefined };
  await running.table.transact([{ type: 'put', item: { ...forged, ...keys.job(id) } }]);
  const body = JSON.stringify({ type: 'job', job_id: id });
  await running.app.dispatch({ id: 'forged', body, attributes: {} });
  expect(await running.jobs.get(id)).toMatchObject({
    state: 'failed',
    cause: { code: 'launch_failed', sentence: expect.stringContaining('no record') },
  });
});

it('takes a token back when its attempt lost the job while GitHub made it', async () => {
  const job = await runningJob(keyOf('a'));
  running.github.faults.add({ path: /access_tokens$/, when: 'after', delayMs: 400 });
  const { mints, revoked } = await asked(async () => {
    const before = mintsSoFar();
    const asking = ask(job, keyOf('a'), 'read');
    // GitHub has the question and makes the token, which it tells of later.
    await expect.poll(mintsSoFar, { interval: 5, timeout: 20_000 }).toBe(before + 1);
    await attemptOf(job, keyOf('b'));
    expect((await asking).answer).toMatchObject({ type: 'refused', transient: false });
  });
  expect([mints.length, revoked.length]).toEqual([1, 1]);
});

it('makes no token for an account that GitHub does not confirm', async () => {
  const job = await runningJob(keyOf('a'));
  running.github.faults.add({
    path: /collaborators\/requester\/permission$/,
    when: 'before',
    status: 404,
    times: 9,
  });
  const { mints, revoked } = await asked(async () => {
    expect((await ask(job, keyOf('a'), 'read')).answer).toMatchObject({ type: 'refused' });
  });
  expect([mints.length, revoked.length]).toEqual([0, 0]);
});

it('gives no token to publish with while the file names other accounts', async () => {
  const job = await runningJob(keyOf('a'), 'one');
  const publishing = await running.jobs.move(job, 'publishing', { phase: 'publish' });
  expect((await ask(publishing, keyOf('a'), 'publish')).answer.type).toBe('token');
  await writeFile('one', `allowed: [${job.requester_id + 1}]\n`);
  expect((await ask(publishing, keyOf('a'), 'publish')).answer).toMatchObject({
    type: 'refused',
    code: 'permission_lost',
    transient: false,
  });
  await writeFile('one', `allowed: [${job.requester_id}]\n`);
  expect((await ask(publishing, keyOf('a'), 'publish')).answer.type).toBe('token');
});

it('lets work go on that was accepted while the file is unreadable, and publishes none of it', async () => {
  const job = await runningJob(keyOf('a'), 'one');
  await writeFile('one', 'allowed: [\n');
  expect((await ask(job, keyOf('a'), 'read')).answer.type).toBe('token');
  const publishing = await running.jobs.move(job, 'publishing', { phase: 'publish' });
  const { answer } = await ask(publishing, keyOf('a'), 'publish');
  expect(answer).toMatchObject({ type: 'refused', code: 'permission_lost', transient: false });
  expect(answer).toHaveProperty('sentence', expect.stringContaining('.github/cody.yml'));
  await writeFile('one', `allowed: [${job.requester_id}]\npermission: admin\n`);
  expect((await ask(publishing, keyOf('a'), 'publish')).answer).toHaveProperty(
    'sentence',
    expect.stringContaining('asks for "admin"'),
  );
  await writeFile('one', `allowed: [${job.requester_id}]\n`);
});

it('keeps a record of each token and key, which names neither', async () => {
  const job = await runningJob(keyOf('a'));
  const { token } = await tokenOf(job, keyOf('a'), 'read');
  await ask(job, keyOf('a'), 'model');
  await ask(job, keyOf('x'), 'read');
  const day = new Date(running.now()).toISOString().slice(0, 10);
  const all = await running.table.query({ partition: keys.audit(day, '').pk });
  const own = all.filter((record) => JSON.stringify(record).includes(`"job_id":"${job.id}"`));
  const who = {
    attempt: job.attempt,
    fence: job.fence,
    repository_id: job.repository.id,
    requester_id: 4242,
    installation_id: running.installationId,
  };
  expect(own).toHaveLength(2);
  expect(own).toContainEqual(
    expect.objectContaining({
      ...who,
      action: 'token',
      want: 'read',
      permissions: { contents: 'read', metadata: 'read' },
    }),
  );
  expect(own).toContainEqual(expect.objectContaining({ ...who, action: 'model_key' }));
  for (const secret of [token, keyOf('a'), 'a key for the model'])
    expect(JSON.stringify(all)).not.toContain(secret);
});
