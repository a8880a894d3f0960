import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { ConditionFailed, TransientError, UserError } from '../core/errors.ts';
import type { Github } from '../core/github/octokit.ts';
import { repositoryById } from '../core/github/repository.ts';
import { sha256 } from '../core/ids.ts';
import { jittered } from '../core/jittered.ts';
import type { Job } from '../core/job.ts';
import { isTerminal } from '../core/job-state.ts';
import type { PlanRecord } from '../core/plan-record.ts';
import { renderClosingComment } from '../core/render/closing-comment.ts';
import type { Links } from '../core/render/links.ts';
import { marker } from '../core/render/marker.ts';
import { renderStatusComment } from '../core/render/status-comment.ts';
import type { Request, RequestReport } from '../core/request.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { PlanStore } from '../core/store/plans.ts';
import type { RequestStore } from '../core/store/request-store.ts';
import type { Times } from '../core/times.ts';
import { findConflicts } from './conflicts.ts';
import type { BotIdentity } from './bot-identity.ts';
import { appFailure, type Installations } from './installations.ts';
import type { Notify } from './notify.ts';
import { conversation, type Thread } from './comment-place.ts';
import type { PromptsChecks } from './prompts-check/prompts-checks.ts';
import { postOnce } from './own-comment.ts';
import { writeRelated } from './related.ts';
import { writeThreadReplies } from './thread-replies.ts';

export type ReportDeps = Readonly<{
  appId: number;
  bot: BotIdentity;
  installations: Installations;
  requests: RequestStore;
  jobs: JobStore;
  plans: PlanStore;
  notify: Notify;
  promptsChecks: Pick<PromptsChecks, 'ended'>;
  links: Links;
  /** Said in each comment, for example that the model is a scripted one. */
  modelNote?: string | undefined;
  times: Times;
  now: () => number;
  /** From 0 to below 1; spreads what waits. */
  random: () => number;
  log: Logger;
}>;

/** Brings the comments of a request up to date. Throws TransientError when GitHub or the table is out. */
export type WriteReport = (requestId: string) => Promise<void>;

type View = Readonly<{ request: Request; jobs: readonly Job[]; plan?: PlanRecord | undefined }>;

/** A report whose request is older is not kept waiting: its message goes its way to the dead letters. */
const longestRestMs = 24 * 3_600_000;

/**
 * The one writer of a request's comments: it holds the report's lease while it writes. Whoever comes meanwhile leaves
 * at once, because the holder looks again before it lets go.
 */
export function createReport(deps: ReportDeps): WriteReport {
  return async (requestId) => {
    const bound = { ...deps, log: deps.log.child({ request: requestId }) };
    for (let round = 1; round <= 5; round += 1) {
      if ((await writeOnce(bound, requestId)) !== 'behind') return;
    }
    await deps.notify.report(requestId, 'later');
  };
}

/** Writes what is wanted now. `behind` when more was wanted meanwhile. */
async function writeOnce(deps: ReportDeps, requestId: string): Promise<'done' | 'behind'> {
  const leaseMs = leaseOf(deps);
  const leased = await deps.requests.leaseReport(requestId, { owner: randomUUID(), leaseMs });
  if (!leased) return 'done';
  let report = leased;
  // Where a message is on its way the sweep comes later, for one that was lost: it would bring another each time.
  let restMs = 0;
  const beat = keepLease(deps, leased);
  try {
    const request = await deps.requests.get(requestId);
    if (!request || leased.rendered >= leased.wanted) return 'done';
    // Workers can write items of jobs; where the App writes for them is decided by what was accepted.
    const jobs = await deps.jobs.acceptedOf(request);
    const wait = remainingWait(deps, leased, jobs);
    if (wait > 0) {
      await deps.notify.report(requestId, 'later');
      restMs = wait + deps.times.CODY_SWEEP_MS;
      return 'done';
    }
    // Before it is shown: what is approved later is held against it.
    const plan = request.plan && allEnded(jobs) ? await deps.plans.keep(request, jobs) : undefined;
    report = await writeComments(deps, leased, { request, jobs, plan });
  } catch (error) {
    // The lease ran out while GitHub was slow: its next holder writes the rest, and over what came late from here.
    if (error instanceof ConditionFailed) {
      await deps.requests.wantAgain(requestId);
      return 'behind';
    }
    restMs = (await putOff(deps, requestId, error)) + deps.times.CODY_SWEEP_MS;
    return 'done';
  } finally {
    clearInterval(beat);
    await deps.requests.releaseReport(report, restMs);
  }
  const after = await deps.requests.report(requestId);
  return (after?.wanted ?? 0) > report.rendered ? 'behind' : 'done';
}

/** Shorter than a worker's: whoever takes over from one that crashed repeats nothing, so that little has to be waited. */
function leaseOf({ times }: ReportDeps): number {
  return Math.ceil(times.CODY_LEASE_MS / 3);
}

/** GitHub may let a writer wait for longer than a lease: a second one would then write the same comment. */
function keepLease(deps: ReportDeps, leased: RequestReport): NodeJS.Timeout {
  const { requests } = deps;
  const leaseMs = leaseOf(deps);
  // When it cannot be kept, its end is seen at the next write.
  const beat = () => void requests.keepReport(leased, leaseMs).catch(() => undefined);
  return setInterval(beat, leaseMs / 3);
}

/**
 * Returns the wait (ms) that GitHub or our own budget asked for, with a random share more, after which the report comes
 * again; a wait is no failure and uses up no receive. Throws every other error, and any once the request is too old to wait.
 */
async function putOff(deps: ReportDeps, requestId: string, error: unknown): Promise<number> {
  const asked = error instanceof TransientError ? error.retryAfterMs : undefined;
  if (asked === undefined) throw error;
  const request = await deps.requests.get(requestId);
  if (!request || deps.now() - request.created_at > longestRestMs) throw error;
  // Where many wait for the same budget, the next room is soon taken: asking more often than edits are made gains nothing.
  const ms = jittered(Math.max(asked, deps.times.CODY_REPORT_DELAY_MS), deps.random());
  await deps.notify.report(requestId, ms);
  deps.log.info({ ms }, 'The comments of a request are put off');
  return ms;
}

/** ms until the next edit may be made; the first and the last one do not wait. */
function remainingWait(deps: ReportDeps, report: RequestReport, jobs: readonly Job[]): number {
  if (report.status_at === undefined || allEnded(jobs)) return 0;
  return report.status_at + deps.times.CODY_REPORT_DELAY_MS - deps.now();
}

/** Returns the report as it was saved. What GitHub refuses for good counts as written, so that it never spins. */
async function writeComments(
  deps: ReportDeps,
  leased: RequestReport,
  view: View,
): Promise<RequestReport> {
  const place = await unlessRefused(deps, () => findPlace(deps, view));
  const report = place ? await writeBoth(deps, { ...place, report: leased, view }) : leased;
  // Without a place for comments the pull requests still name each other.
  if (!place && allEnded(view.jobs)) await writeRelated(deps, view.jobs);
  if (allEnded(view.jobs)) {
    await deps.promptsChecks.ended(view.jobs);
    // Those that workers ended have theirs still.
    await deps.jobs.endGrants(view.jobs);
  }
  return deps.requests.saveReport(report, { rendered: leased.wanted });
}

/** A status comment that a person has deleted does not keep the closing one from being written. */
async function writeBoth(deps: ReportDeps, writing: Writing): Promise<RequestReport> {
  const edited = (await unlessRefused(deps, () => writeStatus(deps, writing))) ?? writing.report;
  if (!allEnded(writing.view.jobs) || edited.closing_comment_id !== undefined) return edited;
  const close = () => writeClosing(deps, { ...writing, report: edited });
  return (await unlessRefused(deps, close)) ?? edited;
}

/** What the step returns; undefined when GitHub refuses it for good. */
async function unlessRefused<T>(deps: ReportDeps, step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof ConditionFailed) throw error;
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'GitHub takes no comment for this request');
    return undefined;
  }
}

type Place = Readonly<{ github: Github; thread: Thread }>;

/**
 * The issue of the request, in its repository under the present name: another one may bear the old name by now;
 * undefined when nothing carries its comments.
 * Throws UserError when it is gone, or has become public while a target is private.
 */
async function findPlace(deps: ReportDeps, { request, jobs }: View): Promise<Place | undefined> {
  const { installation_id, repository: before, issue_number } = request.source;
  if (issue_number === undefined) return undefined;
  const github = await deps.installations.client(installation_id);
  const repository = await repositoryById(github, before.id);
  if (!repository)
    throw new UserError('repository_gone', 'The repository is gone, or the App may not see it.');
  if (!repository.private && jobs.some((job) => job.repository.private))
    throw new UserError('repository_public', 'The repository became public; a target is private.');
  return { github, thread: { repository, issue_number } };
}

type Writing = Place & Readonly<{ report: RequestReport; view: View }>;

async function writeStatus(
  deps: ReportDeps,
  { github, thread, report, view }: Writing,
): Promise<RequestReport> {
  const { request } = view;
  const body = renderStatusComment({ ...view, ...shown(deps), now: deps.now() });
  const status_sha256 = sha256(body);
  const { status_at: at = 0, overwritten_at = -1 } = report;
  if (report.status_sha256 === status_sha256 && at > overwritten_at) return report;
  // Taken before the edit: one that came in between is then known to be younger.
  const status_at = deps.now();
  const known = report.status_comment_id;
  const { id, created } =
    known === undefined
      ? await postOnce(conversation(github, thread), {
          marker: marker('status', request.id),
          since: request.created_at,
          appId: deps.appId,
          bot: deps.bot,
          body,
        })
      : { id: known, created: false };
  // A comment that was found again shows what was true before a crash.
  if (!created) {
    const { owner, name: repo } = thread.repository;
    // An edit in between is worth less than what is written once: it stands back when little may be written.
    const urgency = allEnded(view.jobs) ? 'normal' : 'low';
    const where = { owner, repo, comment_id: id };
    await github.rest.issues.updateComment({ ...where, body, request: { urgency } });
  }
  return deps.requests.saveReport(report, {
    status_comment_id: id,
    status_sha256,
    status_at,
  });
}

async function writeClosing(
  deps: ReportDeps,
  { github, thread, report, view }: Writing,
): Promise<RequestReport> {
  const { request } = view;
  // Before the closing comment, whose record ends the report: what fails here is tried again.
  await writeRelated(deps, view.jobs);
  const conflicts = await findConflicts(deps, view.jobs);
  const { report: replied, told } = await writeThreadReplies(deps, {
    github,
    thread,
    report,
    view,
  });
  const { id: closing_comment_id } = await postOnce(conversation(github, thread), {
    marker: marker('closing', request.id),
    since: request.created_at,
    appId: deps.appId,
    bot: deps.bot,
    body: renderClosingComment({ ...view, ...shown(deps), conflicts, toldInThread: told }),
  });
  return deps.requests.saveReport(replied, { closing_comment_id });
}

function shown({ links, modelNote }: ReportDeps) {
  return { links, ...(modelNote === undefined ? {} : { modelNote }) };
}

function allEnded(jobs: readonly Job[]): boolean {
  return jobs.length > 0 && jobs.every((job) => isTerminal(job.state));
}
