import type { Cause } from '../../core/cause.ts';
import type { Job, Submission } from '../../core/job.ts';
import { renderCheckRun } from '../../core/render/check-run.ts';
import {
  type PullRequestBodyInput,
  renderPullRequestBody,
} from '../../core/render/pull-request-body.ts';
import { toldInPrivate } from '../../core/told-in-private.ts';
import { publishCheckRun } from '../publish/check-run.ts';
import { type BodyFacts, publish } from '../publish/publish.ts';
import { runStep } from '../publish/step.ts';
import { withToken } from '../with-token.ts';
import { compareTree } from '../workspace/changes.ts';
import { openCommit } from '../workspace/commit.ts';
import { readPullRequestTemplate } from '../workspace/pull-request-template.ts';
import { publishedEnd, runCause } from './ending.ts';
import type { CheckTask, PublisherTask, PublishResult, PublishTask } from './protocol.ts';
import type { Speaker } from './speaker.ts';

const unverified = 'GitHub does not show this commit as verified.';

/**
 * Does a task under a token of its own, which is revoked afterwards. Everything is looked up before it is made, so that
 * a later attempt may do it again. Returns what came of a change. Throws what `publish` throws, and the stop's reason.
 */
export async function runTask(
  speaker: Speaker,
  task: PublisherTask,
): Promise<PublishResult | undefined> {
  if (task.type === 'publish') return publishTask(speaker, task);
  await checkTask(speaker, task);
  return undefined;
}

async function publishTask(speaker: Speaker, task: PublishTask): Promise<PublishResult> {
  const { stop, redactor } = speaker;
  const { job, request, settings, git_dir: gitDir, tree, skipped } = task;
  const cause = runCause(job);
  const limited = cause.code !== 'completed';
  const submission = job.submission ?? fallbackSubmission(request.prompt_excerpt, cause);
  const changes = await compareTree({ gitDir, baseSha: job.base_sha }, { tree, skipped });
  const body = {
    job: { ...job, submission, ...(limited ? { cause } : {}) },
    ...(await templateOf(task)),
  };
  return withToken(speaker, { want: 'publish', signal: stop }, (token) =>
    publish(
      {
        ...speaker.steps({ token: token.token, stop }),
        redactor,
        serverUrl: task.github.server_url,
        renderBody: (facts) => renderBody(speaker, task, { ...body, ...facts }),
        renderCheck: (result) =>
          renderCheck(speaker, task, ended(job, publishedEnd(result, cause))),
      },
      {
        job,
        request,
        settings,
        changes,
        title: submission.title,
        body: submission.summary,
        verification: job.verification ?? { status: 'none', commands: [] },
        limited,
        permissions: token.permissions,
        ...detailsOf(speaker, job),
      },
    ),
  );
}

async function checkTask(speaker: Speaker, task: CheckTask): Promise<void> {
  const { job, within_ms: ms } = task;
  const stop =
    ms === undefined ? speaker.stop : AbortSignal.any([speaker.stop, AbortSignal.timeout(ms)]);
  await withToken(speaker, { want: 'check', signal: stop }, (token) => {
    const step = speaker.steps({ token: token.token, stop });
    return runStep(step, () =>
      publishCheckRun(
        step,
        { owner: token.owner, repo: token.name },
        {
          jobId: job.id,
          headSha: job.iteration?.replaces ?? job.base_sha,
          conclusion: 'neutral',
          output: renderCheck(speaker, task, job),
          ...detailsOf(speaker, job),
        },
      ),
    );
  });
}

/** Where a check run's own link leads: the job's page, where one is served. */
function detailsOf({ links }: Speaker, job: Job) {
  const detailsUrl = links.thread?.(job);
  return detailsUrl === undefined ? {} : { detailsUrl };
}

/** As the agent was shown it. */
async function templateOf({ job, git_dir: gitDir }: PublishTask) {
  const sha = job.iteration?.trusted_sha ?? job.base_sha;
  const template = await readPullRequestTemplate(openCommit({ gitDir, sha }));
  return template === undefined ? {} : { template };
}

type Body = BodyFacts & Pick<PullRequestBodyInput, 'job' | 'template'>;

function renderBody({ links, redactor }: Speaker, task: PublishTask, body: Body): string {
  const { job, branch, commit_sha, verified, flags, notes, ...template } = body;
  return redactor.redact(
    renderPullRequestBody({
      request: task.request,
      job: { ...job, branch, commit_sha },
      siblings: task.siblings,
      ...(template.template === undefined ? {} : { template: template.template }),
      flags,
      notes: verified === false ? [...notes, unverified] : notes,
      links,
      ...modelNote(task),
    }),
  );
}

function renderCheck({ links, redactor, thread }: Speaker, task: PublisherTask, job: Job) {
  // What the agent said on the way may quote a prompt that is not for everyone here.
  const hidden = toldInPrivate(task.request, job);
  const { title, summary } = renderCheckRun({
    job,
    ...(hidden ? {} : { thread: thread() }),
    links,
    now: Date.now(),
    ...modelNote(task),
  });
  return { title: redactor.redact(title), summary: redactor.redact(summary) };
}

function ended(job: Job, end: Partial<Job>): Job {
  return { ...job, ...end, ended_at: job.ended_at ?? job.state_at };
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

function modelNote({ model_note: modelNote }: PublisherTask) {
  return modelNote === undefined ? {} : { modelNote };
}
