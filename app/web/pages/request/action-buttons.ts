import { html } from 'hono/html';
import { randomKey } from '../../../../core/ids.ts';
import type { Job } from '../../../../core/job.ts';
import { isTerminal } from '../../../../core/job-state.ts';
import { repositoryName } from '../../../../core/render/job-words.ts';
import type { SeenRequest } from '../../api/request-document.ts';
import type { Html } from '../html.ts';
import type { Visit } from '../visit.ts';

/** Why the work of a job can be gone on with: a limit or a person stopped it. */
const stopped: readonly string[] = [
  'cancelled_by_user',
  'budget_exhausted',
  'turn_limit',
  'token_limit',
  'time_limit',
];

/**
 * Forms for what can be done now, for those who may: with a request, or with one of its jobs. Whether it really can is
 * decided when a form arrives.
 */
export function actionButtons(seen: SeenRequest, visit: Visit, job?: Job): Html {
  if (!seen.mayAct) return html``;
  const jobs = job ? [job] : seen.jobs;
  const cancels = jobs.some(
    ({ state, cancel_requested_by: asked }) => !isTerminal(state) && asked === undefined,
  );
  const allDone = seen.jobs.every(({ state }) => isTerminal(state));
  const failed = jobs.some(({ state }) => state === 'failed' || state === 'cancelled');
  const unfinished = jobs.some(({ cause }) => stopped.includes(cause?.code ?? ''));
  const form = (action: string, text: string) => actionForm({ seen, visit, job, action, text });
  if (!cancels && !(allDone && (failed || unfinished))) return html``;
  return html`<div class="actions">
    ${cancels ? form('cancel', 'Cancel') : ''} ${allDone && failed ? form('retry', 'Retry') : ''}
    ${allDone && unfinished && !job ? form('continue', 'Continue') : ''}
  </div>`;
}

type Action = Readonly<{
  seen: SeenRequest;
  visit: Visit;
  job: Job | undefined;
  action: string;
  text: string;
}>;

function actionForm({ seen, visit, job, action, text }: Action): Html {
  const named = job && repositoryName(job);
  return html`<form method="post" action="/requests/${seen.request.id}/${action}">
    <input type="hidden" name="token" value="${visit.token}" />
    <input type="hidden" name="key" value="${randomKey()}" />
    ${named === undefined ? '' : html`<input type="hidden" name="repository" value="${named}" />`}
    <button type="submit" class="${action === 'cancel' ? 'danger' : ''}">
      ${text}${named === undefined ? '' : html`<span class="unseen"> in ${named}</span>`}
    </button>
  </form>`;
}
