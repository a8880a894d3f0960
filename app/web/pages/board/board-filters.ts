import { html } from 'hono/html';
import { visible } from '../../../../core/render/hidden.ts';
import type { RequestFilters } from '../../api/list-requests.ts';
import { RequestStatusName } from '../../api/request-document.ts';
import type { Html } from '../html.ts';

/**
 * Links for the states, and a form for the rest; what is chosen stands in the address. `written` is the repository as
 * the person wrote it, also when it is none.
 */
export function boardFilters(filters: RequestFilters, written = ''): Html {
  const { state, requester = '' } = filters;
  const filtered = written !== '' || requester !== '';
  return html`<div class="filters">
    <nav class="pills" aria-label="State">
      ${stateLink(filters, undefined)}
      ${RequestStatusName.options.map((name) => stateLink(filters, name))}
    </nav>
    <form method="get" action="/" role="search" aria-label="Requests">
      ${state === undefined ? '' : html`<input type="hidden" name="state" value="${state}" />`}
      <label
        ><span class="unseen">Repository</span>
        <input
          name="repository"
          value="${visible(written).text}"
          placeholder="owner/name"
          maxlength="140"
      /></label>
      <label
        ><span class="unseen">Requester</span>
        <input name="requester" value="${requester}" placeholder="requester" maxlength="40"
      /></label>
      <button type="submit">Filter</button>
      ${filtered ? html`<a href="${address({ state })}">Clear</a>` : ''}
    </form>
  </div>`;
}

function stateLink(filters: RequestFilters, state: RequestFilters['state']): Html {
  const current = filters.state === state ? html`aria-current="true"` : '';
  return html`<a href="${address({ ...filters, state })}" ${current}>${state ?? 'all'}</a> `;
}

function address({ state, repository, requester }: RequestFilters): string {
  const query = new URLSearchParams();
  if (state !== undefined) query.set('state', state);
  if (repository !== undefined) query.set('repository', repository);
  if (requester !== undefined) query.set('requester', requester);
  return query.size === 0 ? '/' : `/?${query}`;
}
