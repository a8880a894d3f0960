import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { isActive } from '../../../../core/job-state.ts';
import { target } from '../../../../core/render/job-words.ts';
import type { Html } from '../html.ts';
import { jobBadge } from '../text/badge.ts';
import { webLink } from '../text/web-link.ts';

type JobPage = 'thread' | 'changes';

/** What stands above both pages of a job: where it belongs, and the way between them. */
export function jobHead(job: Job, current: JobPage): Html {
  const pull = job.pull_request;
  const here = (page: JobPage) => (page === current ? html`aria-current="page"` : '');
  return html`<p class="trail">
      <a href="/">Requests</a> / <a href="/requests/${job.request_id}">Request ${job.request_id}</a>
    </p>
    <div class="head">
      <h1>${target(job)}</h1>
      <span id="state" data-whole data-say="The job is ${job.state.replace('_', ' ')}"
        >${jobBadge(job)}</span
      >
    </div>
    <nav class="tabs" id="tabs" data-whole aria-label="Job">
      <a href="/jobs/${job.id}" ${here('thread')}>Thread</a>
      ${job.patch ? html`<a href="/jobs/${job.id}/changes" ${here('changes')}>Changes</a>` : ''}
      <span class="side">
        ${pull ? webLink(pull.url, `Pull request #${pull.number}`) : ''}
        ${job.check_run ? webLink(job.check_run.url, 'Check run') : ''}
        ${job.patch ? html`<a href="/api/jobs/${job.id}/patch" download>Download the patch</a>` : ''}
        ${job.thread || isActive(job.state) ? html`<a href="/jobs/${job.id}/thread.md" download>Thread as Markdown</a>` : ''}
      </span>
    </nav>`;
}
