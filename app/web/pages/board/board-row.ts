import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { repositoryName } from '../../../../core/render/job-words.ts';
import { money } from '../../../../core/render/money.ts';
import type { SeenRequest } from '../../api/request-document.ts';
import { requestTitle } from '../request/request-title.ts';
import type { Html } from '../html.ts';
import { jobBadge, requestBadge } from '../text/badge.ts';
import { age } from '../text/time.ts';
import { webLink } from '../text/web-link.ts';

/** One request of the board: two lines, and one for each further repository. */
export function boardRow(seen: SeenRequest, now: number): Html {
  const { request, jobs, status } = seen;
  const cost = jobs.reduce((sum, job) => sum + job.cost_micro_usd, 0);
  const title = requestTitle(seen);
  return html`<tr role="row" id="r-${request.id}" data-say="Request ${request.id}: ${status}">
    <td role="cell" class="state">${requestBadge(status)}</td>
    <td role="cell" class="what">
      <a href="/requests/${request.id}" title="${title}" dir="auto">${title}</a>
      <span class="detail">${request.id}${request.plan === true ? ' · plan' : ''}</span>
    </td>
    <td role="cell" class="repositories">
      <ul>
        ${jobs.map((job) => repositoryLine(job))}
      </ul>
    </td>
    <td role="cell" class="by">${request.requester.login}</td>
    <td role="cell" class="age">${age(now, request.created_at)}</td>
    <td role="cell" class="cost">${money(cost)}</td>
  </tr>`;
}

function repositoryLine(job: Job): Html {
  const pull = job.pull_request;
  return html`<li>
    <a href="/jobs/${job.id}">${repositoryName(job)}</a>
    <span class="what-became"
      >${jobBadge(job)} ${pull ? webLink(pull.url, `#${pull.number}`) : ''}</span
    >
  </li>`;
}
