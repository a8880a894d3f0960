import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { isActive, isTerminal } from '../../../../core/job-state.ts';
import { duration } from '../../../../core/render/duration.ts';
import { target } from '../../../../core/render/job-words.ts';
import { money } from '../../../../core/render/money.ts';
import type { SeenRequest } from '../../api/request-document.ts';
import { findSeenRequest, seePrompt } from '../../api/see-request.ts';
import type { Html } from '../html.ts';
import type { PageDeps } from '../page-deps.ts';
import { jobBadge, requestBadge } from '../text/badge.ts';
import { causeNote } from '../text/cause.ts';
import { facts } from '../text/facts.ts';
import { markdown } from '../text/markdown.ts';
import { age, elapsed } from '../text/time.ts';
import { webLink } from '../text/web-link.ts';
import type { Page, Visit } from '../visit.ts';
import { actionButtons } from './action-buttons.ts';
import { requestTitle } from './request-title.ts';
import { timeline } from './timeline.ts';

/** One request: what was asked, what became of it in each repository, what can be done, and what happened when. */
export async function requestPage(deps: PageDeps, visit: Visit): Promise<Page> {
  const seen = await findSeenRequest(deps, visit.viewer, visit.param('id'));
  const { request, jobs, status } = seen;
  const prompt = await seePrompt(deps, visit.viewer, request);
  const goesOn = jobs.some((job) => !isTerminal(job.state));
  return {
    title: requestTitle(seen),
    section: 'board',
    ...(goesOn ? { live: { everyMs: 2_500 } } : {}),
    body: html`<div class="head">
        <h1 class="long" dir="auto">${requestTitle(seen)}</h1>
      </div>
      <section id="summary" data-whole data-say="The request is ${status}">
        ${summary(seen, visit)}
      </section>
      <section aria-labelledby="targets">
        <h2 id="targets">Repositories</h2>
        <div id="jobs" data-keyed>${jobs.map((job) => jobCard(job, { seen, visit }))}</div>
      </section>
      <section aria-labelledby="prompt">
        <h2 id="prompt">Prompt</h2>
        ${
          prompt !== undefined
            ? html`<div
                class="panel prompt"
                tabindex="0"
                role="region"
                aria-label="Text of the prompt"
              >
                ${markdown(prompt)}
              </div>`
            : html`<p class="hint">${hiddenWords(seen)}</p>`
        }
      </section>
      <section aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        <div id="times" data-whole>${timeline(seen)}</div>
      </section>`,
  };
}

function hiddenWords({ source }: SeenRequest): string {
  return source
    ? 'It stands in a file that not everybody here may read, and is told by its name only.'
    : 'It was written in a repository that you may not read. You see what became of it in those that you may read.';
}

function summary(seen: SeenRequest, visit: Visit): Html {
  const { request, jobs, status, source } = seen;
  const sum = (value: (job: Job) => number) => jobs.reduce((total, job) => total + value(job), 0);
  const { parent } = request;
  return html`${facts([
    ['State', requestBadge(status)],
    ['Asked by', request.requester.login],
    ['Asked', age(visit.now, request.created_at)],
    ['Where', source ? webLink(request.source.url, placeWords(seen)) : undefined],
    ['Model', `${request.model}, effort ${request.effort}`],
    [
      'Cost',
      `${money(sum((job) => job.cost_micro_usd))} of at most ${money(sum((job) => job.budget_micro_usd))}`,
    ],
    [
      'Goes on with',
      parent === undefined ? undefined : html`<a href="/requests/${parent}">${parent}</a>`,
    ],
    ['Request', html`<code>${request.id}</code>`],
  ])}
  ${actionButtons(seen, visit)}`;
}

function placeWords({ request: { source } }: SeenRequest): string {
  const { owner, name } = source.repository;
  const place = `${owner}/${name}`;
  if (source.issue_number !== undefined) return `${place}#${source.issue_number}`;
  return source.type === 'schedule' ? `${place}, schedule ${source.name}` : place;
}

type Around = Readonly<{ seen: SeenRequest; visit: Visit }>;

function jobCard(job: Job, { seen, visit }: Around): Html {
  const pull = job.pull_request;
  return html`<article
    class="card"
    id="j-${job.id}"
    data-say="${target(job)}: ${job.state.replace('_', ' ')}"
  >
    <div class="line">
      <h3><a href="/jobs/${job.id}">${target(job)}</a></h3>
      ${jobBadge(job)} ${pull ? webLink(pull.url, `Pull request #${pull.number}`) : ''}
      ${job.patch ? html`<a href="/jobs/${job.id}/changes">Changes</a>` : ''}
      <a href="/jobs/${job.id}#thread">Thread</a>
      ${seen.jobs.length > 1 ? actionButtons(seen, visit, job) : ''}
    </div>
    <p class="detail">
      ${money(job.cost_micro_usd)} · ${job.turns} ${job.turns === 1 ? 'turn' : 'turns'} ·
      ${timeWords(job, visit.now)} ${waitWords(job)}
    </p>
    ${causeNote(job)}
  </article>`;
}

function timeWords(job: Job, now: number): Html {
  if (isActive(job.state)) return elapsed(now, job.started_at ?? job.state_at);
  if (job.ended_at === undefined) return html`not started`;
  return html`${duration(job.ended_at - (job.started_at ?? job.created_at))}`;
}

function waitWords({ state, waiting_for, queue_position }: Job): string {
  if (state !== 'queued') return '';
  const what = waiting_for === undefined ? '' : ` · waits for ${waiting_for}`;
  return queue_position === undefined ? what : `${what} · place ${queue_position} in the queue`;
}
