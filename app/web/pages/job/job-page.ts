import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { isActive, isTerminal } from '../../../../core/job-state.ts';
import { duration } from '../../../../core/render/duration.ts';
import { target } from '../../../../core/render/job-words.ts';
import { money } from '../../../../core/render/money.ts';
import { usageLine } from '../../../../core/render/tokens.ts';
import { findSeenJob } from '../../api/see-request.ts';
import type { Html } from '../html.ts';
import type { PageDeps } from '../page-deps.ts';
import { causeNote } from '../text/cause.ts';
import { facts } from '../text/facts.ts';
import { stepTimes } from '../text/step-times.ts';
import { age, elapsed } from '../text/time.ts';
import type { Page, Visit } from '../visit.ts';
import { jobHead } from './job-head.ts';
import { resultView } from './result-view.ts';
import { threadView } from './thread-view.ts';
import { verificationView } from './verification-view.ts';

/** One job: how it stands, what came of it, and its thread; while it goes on, what the agent has said so far. */
export async function jobPage(deps: PageDeps, visit: Visit): Promise<Page> {
  const job = await findSeenJob(deps, visit.viewer, visit.param('id'));
  const thread = await deps.seeThread(visit.viewer, job);
  const goesOn = !isTerminal(job.state);
  const streams = deps.streams ? { events: `/api/jobs/${job.id}/events` } : {};
  return {
    title: target(job),
    section: 'board',
    ...(goesOn ? { live: { everyMs: 2_500, ...streams } } : {}),
    body: html`${jobHead(job, 'thread')}
      <section id="summary" data-whole aria-label="Summary">
        ${summary(job, visit.now)} ${causeNote(job)}
      </section>
      <div id="result" data-whole>${resultView(job)} ${verificationView(job.verification)}</div>
      ${threadView({ job, events: thread?.events ?? [], visit, goesOn })}`,
  };
}

function summary(job: Job, now: number): Html {
  const started = job.started_at ?? job.state_at;
  const ran = job.ended_at === undefined ? undefined : job.ended_at - started;
  return facts([
    ['Created', age(now, job.created_at)],
    ['Running for', isActive(job.state) ? elapsed(now, started) : undefined],
    ['Waits for', job.state === 'queued' ? (job.waiting_for ?? 'a free worker') : undefined],
    ['Took', ran === undefined ? undefined : duration(ran)],
    ['Cost', `${money(job.cost_micro_usd)} of at most ${money(job.budget_micro_usd)}`],
    ['Tokens', usageLine(job.usage)],
    ['Turns', String(job.turns)],
    ['Model', `${job.model}, effort ${job.effort}`],
    ['Base', html`<code>${job.base_sha.slice(0, 12)}</code>`],
    ['Branch', job.branch === undefined ? undefined : html`<code>${job.branch}</code>`],
    ['Attempt', job.attempt > 1 ? `${job.attempt}` : undefined],
    ['Steps', stepTimes(job)],
    ['Sandbox', sandboxWords(job)],
  ]);
}

function sandboxWords({ sandbox }: Job): string | undefined {
  if (!sandbox) return undefined;
  return sandbox.shell ? sandbox.kind : `${sandbox.kind}, without a shell`;
}
