import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import type { Html } from '../html.ts';
import { marked } from './marked.ts';
import { withCode } from './with-code.ts';

const wished: readonly string[] = ['completed', 'answered', 'planned'];

/** Why a job ended as it did and what comes next; nothing when what was asked for is there. */
export function causeNote({ cause, state }: Job): Html {
  if (!cause || wished.includes(cause.code)) return html``;
  return html`<div class="note ${state === 'failed' ? 'bad' : ''}">
    <p>${withCode(cause.sentence)} <span class="detail">${cause.code}</span></p>
    ${cause.next === undefined ? '' : html`<p>Next: ${commandOrText(cause.next)}</p>`}
  </div>`;
}

/** Commands stand in backticks, or are the whole text. */
function commandOrText(next: string): Html {
  if (next.startsWith('/cody') && !next.includes('. ')) return html`<code>${marked(next)}</code>`;
  return withCode(next);
}
