import { html } from 'hono/html';
import { duration } from '../../../../core/render/duration.ts';
import type { ThreadEvent } from '../../../../core/thread.ts';
import type { Html } from '../html.ts';
import { badge } from '../text/badge.ts';
import { marked } from '../text/marked.ts';
import { withCode } from '../text/with-code.ts';
import { turnView } from './turn-view.ts';

/** How a step is shown: its name in addresses, the job it belongs to, whether it is unfolded. */
export type StepPlace = Readonly<{ anchor: string; job: string; open: boolean }>;

/** One step of a thread, as an item of the list. */
export function eventView(event: ThreadEvent, place: StepPlace): Html {
  switch (event.type) {
    case 'turn':
      return turnView(event, place);
    case 'setup':
    case 'verification':
      return html`<li id="${place.anchor}">${commandView(event, place.open)}</li>`;
    case 'notice':
      return html`<li id="${place.anchor}" class="notice" dir="auto">${withCode(event.text)}</li>`;
    case 'outcome':
      return html`<li id="${place.anchor}" class="notice">
        <b>Outcome</b> ${marked(event.sentence)}
        ${event.code === 'completed' ? '' : html`<span class="detail">${event.code}</span>`}
      </li>`;
  }
}

type CommandEvent = Extract<ThreadEvent, { type: 'setup' | 'verification' }>;

function commandView(event: CommandEvent, open: boolean): Html {
  const good = event.exit_code === 0;
  const end = event.timed_out ? 'timed out' : `exit code ${event.exit_code ?? 'none'}`;
  return html`<details class="turn" ${open ? 'open' : ''}>
    <summary>
      <b>${event.type === 'setup' ? 'Set-up' : 'Verification'}</b>
      <code class="headline lasting">${marked(event.command)}</code>
      <span class="side">${good ? '' : badge('bad', end)} ${duration(event.duration_ms)}</span>
    </summary>
    <pre tabindex="0">${marked(event.output_tail) || '(no output)'}</pre>
  </details>`;
}
