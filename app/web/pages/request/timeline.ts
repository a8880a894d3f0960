import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { isTerminal } from '../../../../core/job-state.ts';
import { outcomeWords, repositoryName } from '../../../../core/render/job-words.ts';
import type { SeenRequest } from '../../api/request-document.ts';
import type { Html } from '../html.ts';
import { stepTimes } from '../text/step-times.ts';
import { clock } from '../text/time.ts';

type Moment = Readonly<{ at: number; what: string; where?: string; detail?: string }>;

/** What happened when, the oldest first, over all jobs that are seen. */
export function timeline({ request, jobs }: SeenRequest): Html {
  const asked = { at: request.created_at, what: `${request.requester.login} asked` };
  const moments: readonly Moment[] = [asked, ...jobs.flatMap(momentsOf)];
  return html`<ol class="timeline">
    ${moments
      .toSorted((a, b) => a.at - b.at)
      .map(
        ({ at, what, where, detail }) =>
          html`<li>
            ${clock(at)} <span>${where === undefined ? '' : html`<b>${where}</b>: `}${what}</span>
            ${detail === undefined ? '' : html`<span class="detail">${detail}</span>`}
          </li>`,
      )}
  </ol>`;
}

function momentsOf(job: Job): readonly Moment[] {
  const where = repositoryName(job);
  const attempt = job.attempt > 1 ? `attempt ${job.attempt}` : undefined;
  const started =
    job.started_at === undefined
      ? []
      : [{ at: job.started_at, where, what: 'started', detail: attempt }];
  const ended = isTerminal(job.state);
  const last = {
    at: job.ended_at ?? job.state_at,
    where,
    what: outcomeWords(job),
    detail: ended ? stepTimes(job) : undefined,
  };
  const known = job.state === 'running' && job.started_at === job.state_at;
  return [...started, ...(known || job.state === 'queued' ? [] : [last])].map(withoutGaps);
}

function withoutGaps({
  detail,
  ...moment
}: Omit<Moment, 'detail'> & Readonly<{ detail: string | undefined }>) {
  return detail === undefined ? moment : { ...moment, detail };
}
