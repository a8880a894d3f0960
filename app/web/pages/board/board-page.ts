import { html } from 'hono/html';
import { z } from 'zod';
import { readRepository } from '../../../../core/command/options.ts';
import { listRequests, RequestPlace, type RequestFilters } from '../../api/list-requests.ts';
import { RequestStatusName, type SeenRequest } from '../../api/request-document.ts';
import type { Html } from '../html.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Page, Visit } from '../visit.ts';
import { boardFilters } from './board-filters.ts';
import { boardRow } from './board-row.ts';

/** As many as are looked at together. */
const perPage = 25;

const Filters = z.object({
  state: RequestStatusName.optional().catch(undefined),
  repository: z
    .string()
    .max(140)
    .refine((text) => !text.includes('@') && readRepository(text) !== undefined)
    .optional()
    .catch(undefined),
  requester: z.string().max(40).optional().catch(undefined),
});

/** Requests that the person may see, the newest first, in parts that begin behind a request: nothing shifts. */
export async function boardPage(deps: PageDeps, visit: Visit): Promise<Page> {
  const asked = {
    state: visit.query('state'),
    repository: visit.query('repository'),
    requester: visit.query('requester'),
  };
  const filters: RequestFilters = Filters.parse(asked);
  const ignored = asked.repository !== undefined && filters.repository === undefined;
  const list = `board ${JSON.stringify(filters)}`;
  const from = visit.query('from');
  const found = await listRequests(deps, {
    viewer: visit.viewer,
    filters,
    place: from === undefined ? undefined : deps.cursors.open(list, from, RequestPlace),
    limit: perPage,
  });
  const next = found.next && deps.cursors.seal(list, found.next);
  const isFirst = from === undefined;
  return {
    title: 'Board',
    section: 'board',
    live: { everyMs: isFirst ? 4_000 : 15_000 },
    body: html`<div class="head">
        <h1>Requests</h1>
        <a class="button primary" href="/new">New request</a>
      </div>
      ${boardFilters(filters, asked.repository)}
      ${
        ignored
          ? html`<p class="problem" role="alert">
              Write the repository as <code>owner/name</code>.
            </p>`
          : ''
      }
      <p class="fresh">
        <a id="newer" href="${visit.url.pathname}${visit.url.search}" hidden></a>
      </p>
      ${
        found.items.length === 0
          ? empty({ filters, more: next !== undefined, isFirst })
          : table(found.items, visit.now)
      }
      ${parts(visit, { next, isFirst })}`,
  };
}

function table(items: readonly SeenRequest[], now: number): Html {
  return html`<table class="board" role="table">
    <caption class="unseen">
      Requests, the newest first. Arrow keys move between rows once one is focused.
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col" class="state">State</th>
        <th role="columnheader" scope="col">Request</th>
        <th role="columnheader" scope="col" class="repositories">Repositories</th>
        <th role="columnheader" scope="col" class="by">By</th>
        <th role="columnheader" scope="col" class="age">Age</th>
        <th role="columnheader" scope="col" class="cost">Cost</th>
      </tr>
    </thead>
    <tbody id="requests" role="rowgroup" data-keyed="newer">
      ${items.map((seen) => boardRow(seen, now))}
    </tbody>
  </table>`;
}

type Nothing = Readonly<{ filters: RequestFilters; more: boolean; isFirst: boolean }>;

function empty({ filters, more, isFirst }: Nothing): Html {
  const filtered = Object.values(filters).some((value) => value !== undefined);
  if (more)
    return html`<div class="empty">
      <p>None of the 200 requests that were looked at is like this.</p>
      <p>“Older” looks further back.</p>
    </div>`;
  if (filtered || !isFirst)
    return html`<div class="empty" id="requests" data-whole>
      <p>No request is like this.</p>
      <p><a href="/">Show all</a></p>
    </div>`;
  return html`<div class="empty" id="requests" data-whole>
    <p><strong>No requests yet</strong></p>
    <p>
      <a href="/new">Start one here</a>, or comment <code>/cody</code> with a prompt on an issue or
      a pull request of a repository that the App is installed on.
    </p>
  </div>`;
}

function parts(
  { url }: Visit,
  { next, isFirst }: Readonly<{ next: string | undefined; isFirst: boolean }>,
): Html {
  if (isFirst && next === undefined) return html``;
  const older = new URL(url);
  const newest = new URL(url);
  newest.searchParams.delete('from');
  if (next !== undefined) older.searchParams.set('from', next);
  return html`<nav class="parts" aria-label="Parts of the list">
    ${isFirst ? '' : html`<a class="button" href="${newest.pathname}${newest.search}">Newest</a>`}
    ${
      next === undefined
        ? html`<span class="hint">These are the oldest.</span>`
        : html`<a class="button" href="${older.pathname}${older.search}" rel="next">Older</a>`
    }
  </nav>`;
}
