import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerAnswer } from '../../../core/broker-protocol.ts';
import { sha256 } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import type { LedgerEntry } from '../../../local/standin/github/pipeline.ts';
import type { RunningApp } from '../../app/support/running-app.ts';
import { type AppBench, merged } from '../app-bench.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { arrange } from './arrange.ts';
import { attempt, start } from './attempt.ts';

type TokensCase = CaseOf<'tokens'>;

const ownKey = 'o'.repeat(43);
const otherKey = 'n'.repeat(43);
const requester = 'requester';

/** What a worker may hold in each phase; listed apart from the product's own list. */
const most: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  read: { contents: 'read', metadata: 'read' },
  check: { checks: 'write', metadata: 'read' },
  publish: { contents: 'write', metadata: 'read', pull_requests: 'write', checks: 'write' },
};

/** A worker, or who took one over, asks the broker. */
export async function playTokens(bench: AppBench, one: TokensCase): Promise<Verdict> {
  const { running } = bench;
  const job = await attempt(running, await accepted(running, one.in), ownKey);
  const beside = await attempt(running, await accepted(running, 'two'), otherKey);
  const undo = await around(running, one);
  try {
    const held = await inState(running, job, one.state);
    const told = await asked(bench, one, held);
    return judged(one, job, told);
  } finally {
    running.github.faults.clear();
    await undo();
    for (const { id } of [job, beside]) await ended(running, id);
  }
}

/** A job of a request of its own. */
async function accepted(running: RunningApp, repository: string): Promise<Job> {
  const issue = running.issue('acme', repository);
  await running.comment(issue, requester, '/cody Fix it');
  await running.pump();
  const request = await running.requestOf(issue);
  const [job] = await running.jobs.ofRequest(request?.id ?? '');
  if (!job) throw new Error('no job was accepted');
  return job;
}

async function inState(running: RunningApp, job: Job, state: TokensCase['state']): Promise<Job> {
  const { jobs } = running;
  switch (state) {
    case 'running':
      return job;
    case 'queued':
      return jobs.requeue(job, { notBefore: 0, waitingFor: undefined });
    case 'starting':
      return start(running, job, ownKey);
    case 'publishing':
      return jobs.move(job, 'publishing', { phase: 'publish' });
    case 'cancelled':
      return jobs.move(job, 'cancelled');
  }
}

/** The world by the time that the worker asks. Returns what undoes it. */
async function around(running: RunningApp, one: TokensCase): Promise<() => Promise<void>> {
  const { seed, faults } = running.github;
  const at = { owner: 'acme', name: one.in };
  const undo = await arrange(running, one);
  if (one.permission)
    seed.updateRepository({ ...at, collaborators: { requester: one.permission } });
  if (one.now === 'public') seed.updateRepository({ ...at, private: false });
  if (one.now === 'archived') seed.updateRepository({ ...at, archived: true });
  if (one.answers !== undefined)
    faults.add({ path: /\/permission$/, when: 'before', status: one.answers, times: 20 });
  return async () => {
    if (one.permission) seed.updateRepository({ ...at, collaborators: { requester: 'write' } });
    if (one.now === 'public') seed.updateRepository({ ...at, private: true });
    if (one.now === 'archived') seed.updateRepository({ ...at, archived: false });
    await undo();
  };
}

type Told = Readonly<{
  answer: BrokerAnswer;
  calls: readonly LedgerEntry[];
  leaks: readonly string[];
}>;

async function asked(bench: AppBench, one: TokensCase, job: Job): Promise<Told> {
  const { running } = bench;
  const shown = { own: ownKey, other: otherKey, hash: sha256(ownKey), made_up: 'm'.repeat(43) };
  const by = { now: 0, before: -1, after: 1 }[one.attempt];
  const body = merged(
    { job_id: job.id, attempt: job.attempt + by, key: shown[one.key], want: one.want },
    one.change,
  );
  const before = running.github.requests().length;
  const answers: BrokerAnswer[] = [];
  const seen = await bench.observe(async () => {
    if (one.meanwhile)
      running.github.faults.add({ path: /access_tokens$/, when: 'after', delayMs: 500 });
    const asking = running.app.broker(body);
    if (one.meanwhile) await lost(running, job, { before, meanwhile: one.meanwhile });
    answers.push((await asking).answer);
  });
  const [answer] = answers;
  if (!answer) throw new Error('the broker gave no answer');
  return { answer, calls: running.github.requests().slice(before), leaks: seen.leaks };
}

type Loss = Readonly<{ before: number; meanwhile: 'next_attempt' | 'cancelled' }>;

/** As soon as GitHub makes the token, which it tells of later. */
async function lost(running: RunningApp, job: Job, { before, meanwhile }: Loss): Promise<void> {
  const end = Date.now() + 20_000;
  while (Date.now() < end && !running.github.requests().slice(before).some(isMint)) await sleep(5);
  if (meanwhile === 'cancelled') await running.jobs.move(job, 'cancelled');
  else await attempt(running, job, 'p'.repeat(43));
}

/** Nothing of it keeps the next case from starting. */
async function ended({ jobs }: RunningApp, id: string): Promise<void> {
  const job = await jobs.get(id);
  if (job && ['queued', 'starting', 'running', 'publishing'].includes(job.state))
    await jobs.move(job, 'cancelled');
}

/** A token for a worker is one for named repositories; those of the App itself are not. */
function isMint({ path, body }: LedgerEntry): boolean {
  return path.endsWith('/access_tokens') && JSON.stringify(body ?? {}).includes('repository_ids');
}

function judged(one: TokensCase, job: Job, { answer, calls, leaks }: Told): Verdict {
  const mints = calls.filter(isMint);
  const revoked = calls.filter(
    ({ method, path, status }) =>
      method === 'DELETE' && path === '/installation/token' && status === 204,
  );
  const given = answer.type !== 'refused';
  const left = mints.length - revoked.length;
  return verdict('tokens', one.id, {
    leaks,
    escapes: [
      ...(one.outcome === 'refused' && given ? [`was given ${answer.type}`] : []),
      ...(!given && left > 0 ? ['a token is left that nobody asked for'] : []),
      ...mints.flatMap(({ body }) => tooMuch(body, job, one.want)),
    ],
    writes: calls
      .filter(({ method, principal }) => method !== 'GET' && principal.type !== 'user')
      .filter((call) => !call.path.endsWith('/access_tokens') && !revoked.includes(call))
      .map(({ method, path }) => `${method} ${path}`),
    problems: one.outcome === 'given' && !given ? [`was refused: ${JSON.stringify(answer)}`] : [],
  });
}

type Asked = Readonly<{ repository_ids?: readonly number[]; permissions?: Record<string, string> }>;

function tooMuch(body: unknown, { repository }: Job, want: string): readonly string[] {
  const { repository_ids = [], permissions = { all: 'write' } } = body as Asked;
  const other = repository_ids.filter((id) => id !== repository.id);
  const may = most[want] ?? {};
  return [
    ...other.map((id) => `a token for the repository ${id}`),
    ...Object.entries(permissions)
      .filter(([name, level]) => may[name] !== level && may[name] !== 'write')
      .map(([name, level]) => `a token with ${name}: ${level}`),
  ];
}
