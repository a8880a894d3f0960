import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { visible } from '../../../../core/render/hidden.ts';
import type { ThreadEvent } from '../../../../core/thread.ts';
import type { Html } from '../html.ts';
import type { Visit } from '../visit.ts';
import { eventView } from './event-view.ts';
import { eventAnchor, pageOf, type Place, threadPart } from './thread-part.ts';
import { searchThread } from './thread-search.ts';

type Shown = Readonly<{
  job: Job;
  events: readonly ThreadEvent[];
  visit: Visit;
  /** While a job goes on, its newest turns are shown. */
  goesOn: boolean;
}>;

/** The thread in parts of fifty steps, with a search over all of it. */
export function threadView({ job, events, visit, goesOn }: Shown): Html {
  const part = threadPart(events, {
    page: visit.query('page'),
    turn: visit.query('turn'),
    newest: goesOn,
  });
  const asked = visit.query('q');
  const search = asked === undefined ? undefined : visible(asked).text;
  const openAll = visit.query('open') === 'all';
  const last = part.from + part.events.length - 1;
  return html`<section class="thread" aria-labelledby="thread">
    <div class="head">
      <h2 id="thread">Thread</h2>
      <p class="hint" id="steps" data-whole>${stepsWords(part, goesOn)}</p>
      <span class="side">${foldLink(part, openAll)}</span>
    </div>
    ${searchForm(job, search)} ${search === undefined ? '' : found(job, events, search)}
    ${pageLinks(part, 'Parts of the thread')}
    ${
      events.length === 0 && !goesOn
        ? html`<p class="empty">No thread was stored: the agent did not run.</p>`
        : ''
    }
    <ol class="steps" id="thread-steps" data-keyed data-page="${part.page}">
      ${part.events.map((event, index) =>
        eventView(event, {
          anchor: eventAnchor(event, part.from + index),
          job: job.id,
          open: openAll || part.turn === turnOf(event) || (goesOn && part.from + index === last),
        }),
      )}
    </ol>
    <div id="parts-below" data-whole>
      ${part.events.length > 5 ? pageLinks(part, 'Parts of the thread, below') : ''}
    </div>
    ${goesOn ? html`<p class="waiting" id="waiting" data-whole>${waitingWords(job, part)}</p>` : ''}
  </section>`;
}

function turnOf(event: ThreadEvent): number | undefined {
  return event.type === 'turn' ? event.index : -1;
}

function stepsWords({ total, from, events }: Place, goesOn: boolean): string {
  if (total === 0) return goesOn ? 'Nothing yet' : '';
  const steps = total === 1 ? '1 step' : `${total.toLocaleString('en-US')} steps`;
  return events.length === total ? steps : `${from + 1}–${from + events.length} of ${steps}`;
}

function waitingWords({ state, waiting_for }: Job, { total }: Place): string {
  if (state === 'queued') return `Waiting for ${waiting_for ?? 'a free worker'}.`;
  if (state === 'starting') return 'The worker is starting.';
  if (state === 'publishing') return 'The work is being published.';
  if (total === 0) return 'The files are fetched. Then set-up runs, and the agent begins.';
  return 'The work goes on.';
}

function foldLink({ page, pages }: Place, openAll: boolean): Html {
  const at = pages > 1 ? `&page=${page}` : '';
  return openAll
    ? html`<a href="?open=none${at}#thread" data-fold>Fold all</a>`
    : html`<a href="?open=all${at}#thread" data-unfold>Unfold all</a>`;
}

function searchForm({ id }: Job, search: string | undefined): Html {
  return html`<form
    method="get"
    action="/jobs/${id}#thread"
    class="find"
    role="search"
    aria-label="Thread"
  >
    <label
      ><span class="unseen">Search the thread</span>
      <input
        type="search"
        name="q"
        value="${search ?? ''}"
        placeholder="Search the thread"
        maxlength="200"
    /></label>
    <button type="submit">Search</button>
    ${search === undefined ? '' : html`<a href="/jobs/${id}#thread">Clear</a>`}
  </form>`;
}

function found(job: Job, events: readonly ThreadEvent[], search: string): Html {
  const { hits, more } = searchThread(events, search);
  const count =
    hits.length === 1 ? '1 step has' : `${more ? 'More than ' : ''}${hits.length} steps have`;
  return html`<div class="panel found" role="region" aria-label="Search results">
    <p>${hits.length === 0 ? 'No step has' : count} “<bdi>${search}</bdi>”.</p>
    <ol>
      ${hits.map(
        ({ place, before, hit, after }) =>
          html`<li>
            <a href="${placeOf(job, events, place)}">${nameOf(events[place], place)}</a>
            <span class="snippet" dir="auto">${before}<mark>${hit}</mark>${after}</span>
          </li>`,
      )}
    </ol>
  </div>`;
}

function placeOf({ id }: Job, events: readonly ThreadEvent[], place: number): string {
  const event = events[place];
  if (!event) return `/jobs/${id}`;
  const query = event.type === 'turn' ? `turn=${event.index}` : `page=${pageOf(place)}`;
  return `/jobs/${id}?${query}#${eventAnchor(event, place)}`;
}

function nameOf(event: ThreadEvent | undefined, place: number): string {
  return event?.type === 'turn' ? `Turn ${event.index}` : `Step ${place + 1}`;
}

function pageLinks({ page, pages }: Place, label: string): Html {
  if (pages <= 1) return html``;
  const link = (to: number, text: string) =>
    to < 1 || to > pages || to === page
      ? html`<span class="button off">${text}</span>`
      : html`<a class="button" href="?page=${to}#thread">${text}</a>`;
  return html`<nav class="parts" aria-label="${label}">
    ${link(1, 'First')} ${link(page - 1, 'Earlier')}
    <span>${page} of ${pages}</span>
    ${link(page + 1, 'Later')} ${link(pages, 'Last')}
  </nav>`;
}
