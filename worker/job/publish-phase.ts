import type { Cause } from '../../core/cause.ts';
import { createGithub } from '../../core/github/octokit.ts';
import { createPace, type Pace } from '../../core/github/pace.ts';
import type { Job, JobState, Submission } from '../../core/job.ts';
import { renderCheckRun } from '../../core/render/check-run.ts';
import { linksOf } from '../../core/render/links.ts';
import { renderPullRequestBody } from '../../core/render/pull-request-body.ts';
import { siblingsOf } from '../../core/render/related.ts';
import { toldInPrivate } from '../../core/told-in-private.ts';
import { publishCheckRun } from '../publish/check-run.ts';
import { type PublishOutcome, publish } from '../publish/publish.ts';
import { type StepDeps, runStep } from '../publish/step.ts';
import type { Lease } from '../lease.ts';
import type { Changes } from '../workspace/changes.ts';
import { octokitLog, withToken } from './checkout-phase.ts';
import { readPullRequestTemplate } from '../workspace/pull-request-template.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import { storeThread } from './store-thread.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

const completed: Cause = { code: 'completed', sentence: 'The work is ready for review.' };

const unverified = 'GitHub does not show this commit as verified.';

/**
 * Commit, pull request and check run under a token of their own, then the terminal write. Everything is looked up
 * before it is made, so that a later attempt may do it again. Throws TransientError and Stopped.
 */
export async function publishPhase(
  deps: WorkerDeps,
  run: Development,
  changes: Changes,
): Promise<void> {
  const { lease, request, thread, watch } = run;
  const job = await current(deps, run);
  const told = thread.thread().events.length;
  const cause = job.outcome ?? completed;
  const limited = cause.code !== 'completed';
  const submission = job.submission ?? fallbackSubmission(request.prompt_excerpt, cause);
  const template = await templateOf(run, job);
  const siblings = siblingsOf(job, await deps.jobs.ofRequest(job.request_id));
  const outcome = await watch.time('publish', () =>
    withToken(deps, { want: 'publish', signal: lease.stop }, (token) =>
      publish(
        {
          ...stepDeps(deps, run, { token: token.token, stop: lease.stop }),
          redactor: deps.redactor,
          serverUrl: deps.config.githubServerUrl,
          renderBody: ({ branch, commit_sha, verified, flags, notes }) =>
            deps.redactor.redact(
              renderPullRequestBody({
                request,
                job: { ...job, branch, commit_sha, submission, ...(limited ? { cause } : {}) },
                siblings,
                ...(template === undefined ? {} : { template }),
                flags,
                notes: verified === false ? [...notes, unverified] : notes,
                links: linksOf(deps.config),
                ...modelNote(deps),
              }),
            ),
          renderCheck: (result) => renderCheck(deps, run, ended(job, result, cause)),
        },
        {
          job,
          request,
          settings: run.settings,
          changes,
          title: submission.title,
          body: submission.summary,
          verification: job.verification ?? { status: 'none', commands: [] },
          limited,
          permissions: token.permissions,
          ...detailsOf(deps, job),
        },
      ),
    ),
  );
  const { state, ...change } = endOf(outcome, cause);
  const grew = thread.thread().events.length > told;
  const stored = grew ? { thread: await storeThread(deps, thread) } : {};
  await lease.move(state, { ...change, ...stored, timings_ms: watch.timings() });
}

/** Where a check run's own link leads: the job's page, where one is served. */
function detailsOf({ config }: Pick<WorkerDeps, 'config'>, job: Job) {
  const detailsUrl = linksOf(config).thread?.(job);
  return detailsUrl === undefined ? {} : { detailsUrl };
}

/** As the agent was shown it. */
function templateOf({ commits }: Development, job: Job): Promise<string | undefined> {
  return readPullRequestTemplate(commits(job.iteration?.trusted_sha ?? job.base_sha));
}

/** Puts the thread of a job without a commit of ours on its base commit, neutral. Never fails the job. */
export async function threadCheck(
  deps: WorkerDeps,
  run: Development,
  end: Readonly<{ state: JobState; cause: Cause }>,
): Promise<void> {
  try {
    const job = { ...(await current(deps, run)), ...end, ended_at: deps.now() };
    const stop = untilEnd(run, end.state);
    await withToken(deps, { want: 'publish', signal: stop }, (token) => {
      const step = stepDeps(deps, run, { token: token.token, stop });
      return runStep(step, () =>
        publishCheckRun(
          step,
          { owner: token.owner, repo: token.name },
          {
            jobId: job.id,
            headSha: job.iteration?.replaces ?? job.base_sha,
            conclusion: 'neutral',
            output: renderCheck(deps, run, job),
            ...detailsOf(deps, job),
          },
        ),
      );
    });
  } catch (error) {
    deps.log.warn({ err: error }, 'the thread has no check run');
  }
}

/** Who cancels wants to see the end soon: the thread of such a job waits for nothing. */
const cancelledMs = 3_000;

function untilEnd({ lease }: Development, state: JobState): AbortSignal {
  return state === 'cancelled'
    ? AbortSignal.any([lease.stop, AbortSignal.timeout(cancelledMs)])
    : lease.stop;
}

type Speaker = Readonly<{
  token: string;
  /** Ends every wait for GitHub. */
  stop: AbortSignal;
}>;

function stepDeps(
  deps: WorkerDeps,
  { lease, thread }: Development,
  { token, stop }: Speaker,
): StepDeps {
  const { config } = deps;
  return {
    github: createGithub({
      baseUrl: config.githubApiUrl,
      token,
      log: octokitLog,
      redact: deps.redactor.redact,
      pace: paceOf(deps, lease, stop),
      timeoutMs: config.times.CODY_GITHUB_TIMEOUT_MS,
      signal: stop,
    }),
    fence: lease.fence,
    stop,
    record: async (patch) => {
      await lease.record(patch);
    },
    log: deps.log,
    note: (text) => noteOnce(thread, text),
    retryDelayMs: Math.min(1_000, config.times.CODY_RETRY_MS),
  };
}

/** A step may be repeated, and says the same again. */
function noteOnce({ thread, add }: ThreadRecorder, text: string): void {
  const known = thread().events.some((event) => event.type === 'notice' && event.text === text);
  if (!known) add({ type: 'notice', text });
}

/** A worker may wait: its job is done but for this. */
const patienceMs = 20_000;

/** The installation's pace; after a wait the lease is looked at again, right before the write. */
function paceOf({ pacing, now }: WorkerDeps, lease: Lease, stop: AbortSignal): Pace {
  const { installation_id: installationId } = lease.job();
  const pace = createPace({ pacing, installationId, patienceMs, signal: stop });
  return {
    ...pace,
    async before(write) {
      const asked = now();
      await pace.before(write);
      if (now() - asked > 500) await lease.fence();
    },
  };
}

/** The job as it stands, with the money that the journal has moved. */
async function current(deps: WorkerDeps, { lease }: Development): Promise<Job> {
  return (await deps.jobs.get(lease.job().id)) ?? lease.job();
}

function renderCheck(deps: WorkerDeps, run: Development, job: Job) {
  // What the agent said on the way may quote a prompt that is not for everyone here.
  const hidden = toldInPrivate(run.request, job);
  const { title, summary } = renderCheckRun({
    job,
    ...(hidden ? {} : { thread: run.thread.thread() }),
    links: linksOf(deps.config),
    now: deps.now(),
    ...modelNote(deps),
  });
  return { title: deps.redactor.redact(title), summary: deps.redactor.redact(summary) };
}

function ended(job: Job, outcome: PublishOutcome, cause: Cause): Job {
  return { ...job, ...endOf(outcome, cause), ended_at: job.ended_at ?? job.state_at };
}

function endOf(outcome: PublishOutcome, cause: Cause) {
  const check = outcome.check_run ? { check_run: outcome.check_run } : {};
  switch (outcome.type) {
    case 'pull_request': {
      const { pull_request, branch, commit_sha } = outcome;
      return { state: 'pull_request' as const, cause, pull_request, branch, commit_sha, ...check };
    }
    case 'patch':
      return { state: 'patch' as const, cause: outcome.cause, ...check };
    case 'answered':
      throw new Error('A job without changes came to be published');
  }
}

/** When a limit stopped the run before the model handed anything in. */
function fallbackSubmission(promptExcerpt: string, cause: Cause): Submission {
  return {
    title: promptExcerpt || 'Unfinished change',
    summary: `The run stopped before the agent handed in its work. ${cause.sentence}`,
    changes: [],
    verification: [],
    not_done: ['The agent did not say what is missing.'],
    risks: [],
  };
}

function modelNote({ config }: WorkerDeps) {
  return config.modelNote === undefined ? {} : { modelNote: config.modelNote };
}
