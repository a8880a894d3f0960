import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommandLog } from '../../core/store/command-log.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { createJournalStore } from '../../core/store/journal-store.ts';
import { createModelPauses } from '../../core/store/model-pause.ts';
import { createPacingStore } from '../../core/store/pacing.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { createWarmCache } from '../../core/store/warm-cache.ts';
import type { Job } from '../../core/job.ts';
import type { Key } from '../../core/store/table-action.ts';
import { keys } from '../../core/store/table-schema.ts';
import { noUsage } from '../../core/usage.ts';
import { workerAccess } from '../../infra/access.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';
import { startTestTable } from '../support/table.ts';
import { root } from '../support/tool.ts';
import { exampleArns } from './support/example-arns.ts';
import { allowing, type Asked, isLike, watched } from './support/table-access.ts';

/*
 * What a worker's role lets it do with the table, judged as IAM does. The engine on this machine knows no roles, so that
 * the stores of a worker run here as they do there, and each thing that they ask for is looked up in the statements.
 */

const statements = workerAccess(exampleArns, 'broker');
const ofTable = statements.filter(({ actions }) =>
  actions.some((one) => one.startsWith('dynamodb:')),
);

let engine: Awaited<ReturnType<typeof startTestTable>>;
let asked: readonly Asked[];
beforeAll(async () => {
  engine = await startTestTable();
  asked = await workAsWorkersDo();
});
afterAll(() => engine.close());

const now = () => 1_700_000_000_000;
const admission = { global: 9, installation: 9, repository: 9 };

/** What the methods of the stores are called that a worker uses, in its own words: as its code names them. */
const used = {
  jobs: ['checkFence', 'claim', 'get', 'heartbeat', 'move', 'ofRequest', 'record', 'requeue'],
  requests: ['get', 'linksOf', 'ofThread'],
};

/** Runs everything of the table that a worker's code uses, and returns what IAM would have been asked. */
async function workAsWorkersDo(): Promise<readonly Asked[]> {
  const server = { table: engine.table, now };
  const request = exampleRequest({ jobs: 3 });
  const waiting = exampleJobs(request);
  const command = {
    type: 'command' as const,
    semantic_key: request.semantic_key,
    payload_sha256: '0',
    disposition: 'request' as const,
  };
  const caps = { userDay: 1e12, installationMonth: 1e12 };
  await createRequestStore(server).admit({ command, request, jobs: waiting, caps, audit: {} });
  const table = watched(engine.table);
  const jobs = createJobStore({ table, now });
  const claimed: Job[] = [];
  for (const job of waiting) {
    const start = { admission, attemptKeySha256: 'k', startWithinMs: 1_000 };
    await createJobStore(server).start(job, start);
    const { id } = job;
    const claim = { id, attempt: 1, attemptKeySha256: 'k', owner: 'worker', leaseMs: 9_000 };
    const got = await jobs.claim(claim);
    if (got) claimed.push(got);
  }
  const [one, two, three] = claimed;
  if (!one || !two || !three) throw new Error('Not claimed');
  await useJobs(jobs, { one, two, three });
  await useRequests(createRequestStore({ table, now }), one);
  await useOthers(table, one);
  return table.asked;
}

type Jobs = ReturnType<typeof createJobStore>;

async function useJobs(jobs: Jobs, { one, two, three }: Readonly<Record<string, Job>>) {
  if (!one || !two || !three) throw new Error('Too few');
  await jobs.get(one.id);
  await jobs.ofRequest(one.request_id);
  await jobs.heartbeat(one, 9_000);
  await jobs.checkFence(one);
  await jobs.record(one, { branch: 'cody/x' });
  await jobs.requeue(two, { notBefore: 0, waitingFor: undefined });
  await jobs.move(three, 'publishing', { phase: 'publish' });
  const pull_request = { number: 1, url: '', draft: false, head_sha: 'a'.repeat(40), files: 1 };
  const publishing = { ...three, state: 'publishing', phase: 'publish' } as const;
  await jobs.move(publishing, 'pull_request', { pull_request });
}

async function useRequests(requests: ReturnType<typeof createRequestStore>, job: Job) {
  await requests.get(job.request_id);
  await requests.linksOf({ repository_id: job.repository.id, number: 1 });
  await requests.ofThread({ repository: job.repository, issue_number: 3 }, 9);
}

const unused = () => Promise.reject(new Error('Nothing here is large'));

async function useOthers(table: ReturnType<typeof watched>, job: Job) {
  const journal = createJournalStore({ table, bucket: { put: unused, get: unused } }, job);
  const entry = { type: 'notice', attempt: 1, at: now(), kind: 'resumed', text: 'Again' } as const;
  await journal.append({ ...entry, seq: 1 }, { type: 'reserve', micro_usd: 5 });
  const settle = { reserved_micro_usd: 5, actual_micro_usd: 1, usage: noUsage, turns: 1 };
  await journal.append({ ...entry, seq: 2 }, { type: 'settle', ...settle });
  await journal.append({ ...entry, seq: 3 });
  await journal.read();
  const log = createCommandLog({ table, now }, job);
  await log.tell({ kind: 'setup', index: 0 }, { type: 'notice', text: 'Said' });
  const cache = createWarmCache({ table, now });
  const shared = { request_id: job.request_id, model: job.model, prefix_sha256: '0' };
  await cache.enter(shared, { job: job.id, ms: 1_000 });
  await cache.warmed(shared);
  const pauses = createModelPauses({ table, now, keyId: 'default' });
  await pauses.refused(1_000);
  await pauses.answered(now() + 1);
  const limits = { contentPerMinute: 9, contentPerHour: 9, minuteMs: 60_000, distanceMs: 0 };
  const pacing = createPacingStore({ table, now, limits });
  await pacing.reserve(9, { content: true, urgency: 'normal', patienceMs: 0 });
  await pacing.pause(9, 1_000);
  await pacing.pausedMs(9);
}

/** The methods of a store that the worker's code calls. */
function calledOn(store: string): readonly string[] {
  const files = readdirSync(join(root, 'worker'), { recursive: true, encoding: 'utf8' });
  const code = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, 'worker', file), 'utf8'))
    .join('\n');
  const calls = [...code.matchAll(new RegExp(`\\b${store}\\s*\\.(\\w+)\\(`, 'g'))];
  return [...new Set(calls.map(([, name]) => name ?? ''))].toSorted();
}

/** One key of each kind, and whether a worker writes it. */
const kinds: Readonly<Record<keyof typeof keys, readonly [key: Key, written: boolean]>> = {
  command: [keys.command('comment:1:1'), false],
  delivery: [keys.delivery('guid'), false],
  deliveryWatch: [keys.deliveryWatch(), false],
  request: [keys.request('request'), false],
  plan: [keys.plan('request'), false],
  grant: [keys.grant('request-1'), false],
  report: [keys.report('request'), true],
  job: [keys.job('request-1'), true],
  taken: [keys.taken('request-1'), false],
  journal: [keys.journal('request-1', 1), true],
  commandLog: [keys.commandLog('request-1', 'setup'), true],
  slot: [keys.slot('global'), true],
  budget: [keys.budget('user#1', '2026-11-23'), true],
  pullRequest: [keys.pullRequest('request', 1), true],
  pacing: [keys.pacing(9), true],
  audit: [keys.audit('2026-11-23', 'id'), false],
  button: [keys.button('nonce'), false],
  promptsCheck: [keys.promptsCheck({ repository_id: 1, head_sha: 'a' }), false],
  malformed: [keys.malformed('id'), false],
  login: [keys.login('requester'), false],
  openCheck: [keys.openCheck(1, 'run#1'), false],
  scheduleBook: [keys.scheduleBook(1), false],
  scheduleRound: [keys.scheduleRound(1), false],
  scheduleRounds: [keys.scheduleRounds(), false],
  session: [keys.session('0'), false],
  signIn: [keys.signIn('0'), false],
  machineToken: [keys.machineToken('0'), false],
  modelPause: [keys.modelPause('default'), true],
  warmCache: [keys.warmCache({ request_id: 'request', model: 'm', prefix_sha256: '0' }), true],
};

describe("a worker's role and the table", () => {
  it.each(['jobs', 'requests'] as const)('is tried with all that its code does to %s', (store) => {
    expect(calledOn(store)).toEqual(used[store]);
  });

  it('allows everything that its stores ask for', () => {
    expect(asked.filter((one) => allowing(statements, one).length === 0)).toEqual([]);
  });

  it('allows no action, index and partition that none of its stores asks for', () => {
    const needed = new Set(asked.flatMap((one) => allowing(ofTable, one)));
    expect(ofTable.filter((statement) => !needed.has(statement))).toEqual([]);
    const idle = ofTable.flatMap(({ actions, resources, conditions = [] }) => {
      const here = asked.filter(
        ({ action, resource }) => actions.includes(action) && resources.includes(resource),
      );
      const patterns = conditions.flatMap(({ values }) => values);
      return [
        ...actions.filter((action) => !here.some((one) => one.action === action)),
        ...patterns.filter((pattern) => !here.some((one) => isLike(one.keys[0] ?? '', pattern))),
      ];
    });
    expect(idle).toEqual([]);
  });

  it.each(Object.entries(kinds))('writes %s only if that is its work', (_, [{ pk }, written]) => {
    const writes = ['PutItem', 'UpdateItem', 'DeleteItem'].map((name) => `dynamodb:${name}`);
    const may = writes.filter(
      (action) => allowing(statements, { action, resource: 'table', keys: [pk] }).length > 0,
    );
    const all = pk.startsWith('MODEL#') ? writes : writes.slice(0, 2);
    expect(may).toEqual(written ? all : []);
  });

  it('slips nothing else into a transaction or a query of what is its own', () => {
    const own = keys.job('request-1').pk;
    for (const other of [keys.grant('request-1').pk, keys.request('request').pk]) {
      const both = { resource: 'table', keys: [own, other] };
      expect(allowing(statements, { ...both, action: 'dynamodb:UpdateItem' })).toEqual([]);
    }
    for (const index of ['by_due', 'by_state', 'by_installation'])
      expect(
        allowing(statements, { action: 'dynamodb:Query', resource: index, keys: ['due'] }),
      ).toEqual([]);
  });

  it('reads neither sessions nor what stands for a person', () => {
    for (const name of ['session', 'signIn', 'machineToken', 'audit', 'button'] as const) {
      const [{ pk }] = kinds[name];
      for (const action of ['dynamodb:GetItem', 'dynamodb:Query'])
        expect(allowing(statements, { action, resource: 'table', keys: [pk] })).toEqual([]);
    }
  });
});
