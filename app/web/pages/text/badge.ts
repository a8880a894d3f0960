import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import { outcomeWords } from '../../../../core/render/job-words.ts';
import type { RequestStatus } from '../../../../core/request-status.ts';
import type { Html } from '../html.ts';

type Tone = 'good' | 'bad' | 'busy' | 'warn' | 'quiet' | 'done';

const requestTones: Readonly<Record<RequestStatus, Tone>> = {
  queued: 'quiet',
  running: 'busy',
  succeeded: 'good',
  partial: 'warn',
  failed: 'bad',
  cancelled: 'quiet',
};

const jobTones: Readonly<Record<Job['state'], Tone>> = {
  queued: 'quiet',
  starting: 'busy',
  running: 'busy',
  publishing: 'busy',
  pull_request: 'good',
  patch: 'done',
  answered: 'good',
  planned: 'good',
  cancelled: 'quiet',
  failed: 'bad',
};

/** The status of a request as a mark with a word. */
export function requestBadge(status: RequestStatus): Html {
  return badge(requestTones[status], status);
}

/** What became of a job, or what it is doing. */
export function jobBadge(job: Job): Html {
  const stopping = job.cancel_requested_by !== undefined && jobTones[job.state] === 'busy';
  if (stopping && job.state !== 'publishing') return badge('busy', 'stopping');
  const draft = job.state === 'pull_request' && job.pull_request?.draft === true;
  return badge(draft ? 'warn' : jobTones[job.state], outcomeWords(job));
}

/** A word with a colour; the colour says nothing that the word does not. */
export function badge(tone: Tone, word: string): Html {
  return html`<span class="badge ${tone}">${word}</span>`;
}
