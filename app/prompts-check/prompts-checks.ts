import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { ConditionFailed, UserError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Outbox } from '../../core/queue.ts';
import { type PressOutcome, pressNote } from '../../core/render/prompts-check.ts';
import type { RequestSource } from '../../core/request.ts';
import type { ButtonStore } from '../../core/store/buttons.ts';
import type {
  Head,
  PromptsCheck,
  PromptsCheckStore,
  Wanted,
} from '../../core/store/prompts-checks.ts';
import type { Times } from '../../core/times.ts';
import { appFailure } from '../installations.ts';
import { type GatherDeps, gatherPrompts } from './gather-prompts.ts';
import { writePromptsCheck } from './write-prompts-check.ts';

export type PromptsCheckDeps = GatherDeps &
  Readonly<{
    buttons: ButtonStore;
    promptsCheckStore: PromptsCheckStore;
    ingest: Outbox;
    times: Pick<Times, 'CODY_LEASE_MS' | 'CODY_REPORT_DELAY_MS'>;
    now: () => number;
    log: Logger;
  }>;

/** The `Cody prompts` check runs. */
export type PromptsChecks = ReturnType<typeof createPromptsChecks>;

/** Binds the check runs with buttons to table, queue and GitHub. */
export function createPromptsChecks(deps: PromptsCheckDeps) {
  return {
    /** Notes that a head has something new to show, and has it shown soon: what comes together is shown at once. */
    want: (wanted: Wanted) => want(deps, wanted),
    /** Tells in the check run what became of a press. False when the source is no button of a run that we know. */
    tell: (source: RequestSource, outcome: PressOutcome) => tell(deps, source, outcome),
    /** The jobs of a request have ended, which changes what may be pressed on their pull requests. */
    ended: (jobs: readonly Job[]) => ended(deps, jobs),
    /** Brings the check run of a head up to date. Throws TransientError when GitHub or the table is out. */
    refresh: (head: Head) => refresh(deps, head),
    /** Lets a head rest whose messages all failed, so that the sweep sends it again; gives it up after a day. */
    rest: (head: Head) => rest(deps, head),
    /** Sends a message for every head that is behind. Stops after the one in hand when the signal says so. */
    resend: (signal?: AbortSignal) => resend(deps, signal),
  };
}

async function want(deps: PromptsCheckDeps, wanted: Wanted): Promise<void> {
  await deps.promptsCheckStore.want(wanted);
  // Who pressed a button is looking at it.
  const delayMs = wanted.note === undefined ? deps.times.CODY_REPORT_DELAY_MS : 0;
  await send(deps, wanted, delayMs);
}

async function send({ ingest }: PromptsCheckDeps, head: Head, delayMs: number): Promise<void> {
  const { repository_id, head_sha } = head;
  await ingest.send(
    { type: 'prompts_check', repository_id, head_sha },
    { delaySeconds: Math.ceil(delayMs / 1000) },
  );
}

async function tell(
  deps: PromptsCheckDeps,
  source: RequestSource,
  outcome: PressOutcome,
): Promise<boolean> {
  if (source.type !== 'button') return false;
  const { installation_id, head_sha, check_run_id } = source;
  const head = { repository_id: source.repository.id, head_sha };
  const known = await deps.promptsCheckStore.get(head);
  if (known?.check_run_id !== check_run_id) return false;
  await want(deps, { ...head, installation_id, note: pressNote(outcome) });
  return true;
}

async function ended(deps: PromptsCheckDeps, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    const { pull_request, iteration, installation_id, repository, base_sha } = job;
    const number = pull_request?.number ?? iteration?.pull_request;
    if (number === undefined) continue;
    const head_sha = pull_request?.head_sha ?? iteration?.replaces ?? base_sha;
    const head = { repository_id: repository.id, head_sha };
    await want(deps, { ...head, installation_id, pull_request: number });
  }
}

async function refresh(deps: PromptsCheckDeps, head: Head): Promise<void> {
  for (let round = 1; round <= 5; round += 1)
    if ((await refreshOnce(deps, head)) !== 'behind') return;
  await send(deps, head, deps.times.CODY_REPORT_DELAY_MS);
}

/** `behind` when more was wanted meanwhile. Whoever finds another writer at it leaves: that one looks again. */
async function refreshOnce(deps: PromptsCheckDeps, head: Head): Promise<'done' | 'behind'> {
  const { promptsCheckStore: store, times } = deps;
  const leased = await store.lease(head, { owner: randomUUID(), leaseMs: times.CODY_LEASE_MS });
  if (!leased) return 'done';
  let check = leased;
  // What fails is tried again by its message; the sweep comes later.
  let restMs = times.CODY_LEASE_MS;
  try {
    if (leased.rendered < leased.wanted) check = await showOnce(deps, leased);
    restMs = 0;
  } catch (error) {
    // The lease ran out while GitHub was slow: its next holder writes the rest.
    if (error instanceof ConditionFailed) return 'done';
    throw error;
  } finally {
    await store.release(check, restMs);
  }
  const after = await store.get(head);
  return (after?.wanted ?? 0) > leased.wanted ? 'behind' : 'done';
}

/** What GitHub refuses for good counts as shown, so that it never spins. */
async function showOnce(deps: PromptsCheckDeps, leased: PromptsCheck): Promise<PromptsCheck> {
  const { promptsCheckStore: store } = deps;
  try {
    const view = await gatherPrompts(deps, leased);
    const shown = view ? await writePromptsCheck(deps, leased, view) : {};
    return await store.save(leased, { ...shown, rendered: leased.wanted });
  } catch (error) {
    if (error instanceof ConditionFailed) throw error;
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'GitHub takes no check run with buttons');
    return store.save(leased, { rendered: leased.wanted });
  }
}

/** How long a head rests whose messages all failed, and after which time it is given up. */
const restsMs = 15 * 60_000;
const givenUpAfterMs = 24 * 3_600_000;

/** GitHub may be out for longer than a message lives: the sweep sends it again after a rest, for a day. */
async function rest(deps: PromptsCheckDeps, head: Head): Promise<void> {
  const { promptsCheckStore: store, now } = deps;
  const lease = { owner: randomUUID(), leaseMs: deps.times.CODY_LEASE_MS };
  const leased = await store.lease(head, lease);
  if (!leased) return;
  // Whatever is wanted anew has a message of its own and does not wait for the rest.
  if (now() - (leased.wanted_at ?? 0) < givenUpAfterMs) return store.release(leased, restsMs);
  await store.release(await store.save(leased, { rendered: leased.wanted }));
}

/** Heads that one sweep looks at; the rest waits for the next one. */
const perSweep = 50;

/** Sends what is behind again. */
async function resend(deps: PromptsCheckDeps, signal?: AbortSignal): Promise<void> {
  const { promptsCheckStore: store, now, times } = deps;
  for (const check of await store.due(perSweep)) {
    // What is sent has its time before it is sent once more.
    if (await store.putOff(check, now() + times.CODY_LEASE_MS)) await send(deps, check, 0);
    if (signal?.aborted) return;
  }
}
