import type { JobState } from '../../../core/job.ts';
import { isActive, isTerminal, maxAttempts, mayFollow } from '../../../core/job-state.ts';
import type { BudgetCaps } from '../../../core/store/budget.ts';
import type { Admission } from '../../../core/store/job-queue.ts';
import type { Violation } from '../invariants.ts';
import type { Item } from './memory-table.ts';

/** A claim of a worker: which job, under which fence. */
export type Claim = Readonly<{ job: string; fence: number }>;

type Write = Readonly<{ before: Item | undefined; after: Item | undefined }>;

/** By the numbers of DESIGN §5; `bounded` also for what must stay within limits of our own. */
export type { Violation };

type Options = Readonly<{
  admission: Admission;
  caps: BudgetCaps;
  now: () => number;
  /** The name of the process that writes. */
  who: () => string;
  hasObject: (key: string) => boolean;
  /** Whether a worker that never missed a beat has the job under this fence. */
  isWellHeld: (job: string, fence: number) => boolean;
}>;

/**
 * What must hold whatever happens, judged at every write to the table. It knows jobs only as the items show them, and
 * keeps of its own only what the product must not forget.
 */
export function createReference(options: Options) {
  const violations: Violation[] = [];
  const seen = new Set<string>();
  const fail = (invariant: Violation['invariant'], text: string) => {
    if (seen.has(`${invariant} ${text}`)) return;
    seen.add(`${invariant} ${text}`);
    violations.push({ invariant, text });
  };

  /** One transaction was accepted; `claim` is the hold of the worker that wrote it. */
  const onWrite = (
    writes: readonly Write[],
    items: ReadonlyMap<string, Item>,
    claim: Claim | undefined,
  ) => {
    for (const { before, after } of writes) {
      if (after?.['type'] === 'job') judgeJob(fail, before, after);
      if (before && after?.['type'] === 'job' && !claim) judgeTaken(before, after);
      const key = String((after ?? before)?.['pk']);
      if (key.startsWith('BUDGET#')) judgeCounter(after);
      for (const pointer of pointersIn(after)) {
        if (!options.hasObject(pointer))
          fail(4, `a pointer to ${pointer} stands before its object`);
      }
      if (claim) judgeFence(claim, { before, after }, items);
    }
    judgeSlots(items);
    judgeMoney(items);
    judgeDue(items);
  };

  /** Somebody else gives a worker's job up: only when the worker is gone, or has missed its time. */
  const judgeTaken = (before: Item, after: Item) => {
    const held = before['state'] === 'running' || before['state'] === 'publishing';
    const given = after['state'] === 'queued' || after['state'] === 'failed';
    if (held && given && options.isWellHeld(String(before['id']), Number(before['fence'])))
      fail(5, `${String(before['id'])} was taken by ${options.who()} from a worker that lives`);
  };

  const judgeCounter = (after: Item | undefined) => {
    const user = String(after?.['pk']).includes('user#');
    const cap = user ? options.caps.userDay : options.caps.installationMonth;
    const committed = Number(after?.['committed'] ?? 0);
    if (committed > cap) fail(6, `${committed} is committed of ${cap} of ${String(after?.['pk'])}`);
    if (committed < 0) fail(6, `${String(after?.['pk'])} has less than nothing`);
  };

  const judgeFence = (claim: Claim, { before, after }: Write, items: ReadonlyMap<string, Item>) => {
    const item = after ?? before;
    const pk = String(item?.['pk']);
    const ofJob = item?.['type'] === 'job' && item['id'] === claim.job;
    const ofJournal = pk === `JOURNAL#${claim.job}`;
    if (!ofJob && !ofJournal) return;
    const fence = ofJob ? before?.['fence'] : jobItem(items, claim.job)?.['fence'];
    if (fence !== claim.fence)
      fail(5, `a worker with fence ${claim.fence} wrote ${pk} at fence ${String(fence)}`);
  };

  const judgeSlots = (items: ReadonlyMap<string, Item>) => {
    const { admission } = options;
    const active = jobsIn(items).filter((job) => isActive(job['state'] as JobState));
    const limits: [string, number, (job: Item) => boolean][] = [
      ['global', admission.global, () => true],
    ];
    for (const job of active) {
      const installation = job['installation_id'];
      const repository = (job['repository'] as Item)['id'];
      limits.push(
        [
          `installation#${String(installation)}`,
          admission.installation,
          (one) => one['installation_id'] === installation,
        ],
        [
          `repository#${String(repository)}`,
          admission.repository,
          (one) => (one['repository'] as Item)['id'] === repository,
        ],
      );
    }
    for (const [name, limit, belongs] of limits) {
      const count = active.filter(belongs).length;
      if (count > limit)
        fail('bounded', `${count} jobs are active in ${name}, which has ${limit} places`);
    }
    const holders = items.get('SLOT#global -')?.['holders'];
    const held = holders instanceof Set ? [...holders].map(String).toSorted().join() : '';
    const ids = active
      .map((job) => String(job['id']))
      .toSorted()
      .join();
    if (held !== ids) fail('bounded', 'the places taken are not those of the active jobs');
  };

  /** A counter holds what the jobs that go on may spend, and what the ended ones did. */
  const judgeMoney = (items: ReadonlyMap<string, Item>) => {
    const expected = new Map<string, number>();
    for (const job of jobsIn(items)) {
      const ended = isTerminal(job['state'] as JobState);
      const budget = Number(job['budget_micro_usd']);
      const cost = Number(job['cost_micro_usd']);
      const held = ended && cost < budget ? cost : budget;
      for (const owner of [
        `user#${String(job['requester_id'])}`,
        `installation#${String(job['installation_id'])}`,
      ])
        expected.set(owner, (expected.get(owner) ?? 0) + held);
    }
    const found = new Map<string, number>();
    for (const item of items.values()) {
      const owner = /^BUDGET#(.*)$/.exec(String(item['pk']))?.[1];
      if (owner) found.set(owner, (found.get(owner) ?? 0) + Number(item['committed']));
    }
    for (const [owner, held] of expected) {
      if (found.get(owner) !== held)
        fail(6, `${owner} has ${found.get(owner) ?? 0} committed where its jobs hold ${held}`);
    }
  };

  /** Nothing that is not finished may be off the sweep's list. */
  const judgeDue = (items: ReadonlyMap<string, Item>) => {
    for (const item of items.values()) {
      const open =
        item['type'] === 'job'
          ? !isTerminal(item['state'] as JobState)
          : item['type'] === 'report' && Number(item['rendered']) < Number(item['wanted']);
      if (!open) continue;
      const name = `${String(item['type'])} ${String(item['id'] ?? item['request_id'])}`;
      if (item['due_bucket'] !== 'due' || typeof item['due_at'] !== 'number')
        fail(7, `${name} is not on the sweep's list`);
      else if (item['due_at'] > options.now() + longestDueMs) fail(7, `${name} is due too late`);
    }
  };

  return { onWrite, fail, violations: violations as readonly Violation[] };
}
/** Six hours is the longest that anything waits by itself. */
const longestDueMs = 6 * 3_600_000;

function judgeJob(
  fail: (invariant: Violation['invariant'], text: string) => void,
  before: Item | undefined,
  after: Item,
): void {
  const id = String(after['id']);
  const to = after['state'] as JobState;
  if (Number(after['attempt']) > maxAttempts)
    fail(7, `${id} is at attempt ${String(after['attempt'])}`);
  if (!before) return;
  const from = before['state'] as JobState;
  if (isTerminal(from)) fail(1, `${id} was written after its end as ${from}`);
  if (from !== to && !mayFollow(from, to)) fail(1, `${id} went from ${from} to ${to}`);
  const [was, is] = [Number(before['fence']), Number(after['fence'])];
  if (is < was) fail(5, `the fence of ${id} fell from ${was} to ${is}`);
  const taken = from === 'starting' && isActive(to) && to !== 'starting';
  if (before['phase'] === 'publish' && after['phase'] === 'agent')
    fail(4, `${id} went back to its agent after it had begun to publish`);
  const mustGrow = from !== to && (to === 'queued' || to === 'starting' || taken);
  if (mustGrow && is <= was) fail(5, `the fence of ${id} stayed at ${is} from ${from} to ${to}`);
}

export function jobsIn(items: ReadonlyMap<string, Item>): Item[] {
  return [...items.values()].filter((item) => item['type'] === 'job');
}

export function jobItem(items: ReadonlyMap<string, Item>, id: string): Item | undefined {
  const request = id.slice(0, id.lastIndexOf('-'));
  return items.get(`WORK#${request} JOB#${id}`);
}

function pointersIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  if ('key' in value && 'sha256' in value) return [String(value.key)];
  return Object.values(value).flatMap(pointersIn);
}
