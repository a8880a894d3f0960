import { html } from 'hono/html';
import type { Verification } from '../../../../core/job.ts';
import { duration } from '../../../../core/render/duration.ts';
import type { Html } from '../html.ts';
import { badge } from '../text/badge.ts';
import { marked } from '../text/marked.ts';
import { withCode } from '../text/with-code.ts';

const states = {
  green: badge('good', 'green'),
  red: badge('bad', 'red'),
  could_not_run: badge('warn', 'could not run'),
  none: badge('quiet', 'none'),
} as const;

/** What ran after the agent, each command with the end of its output; nothing before that. */
export function verificationView(verification: Verification | undefined): Html {
  if (!verification) return html``;
  const { status, reason, detected, commands } = verification;
  return html`<section class="verification" aria-labelledby="verification">
    <h2 id="verification">Verification ${states[status]}</h2>
    ${reason === undefined ? '' : html`<p>${withCode(reason)}</p>`}
    ${
      detected === true && commands.length > 0
        ? html`<p class="hint">
            These commands were read out of the repository’s manifests and workflows.
          </p>`
        : ''
    }
    ${commands.map(commandView)}
  </section>`;
}

function commandView(command: Verification['commands'][number]): Html {
  const { exit_code, timed_out, duration_ms, output_tail = '' } = command;
  const good = exit_code === 0;
  const end = timed_out === true ? 'timed out' : `exit code ${exit_code ?? 'none'}`;
  return html`<details class="tool">
    <summary>
      ${badge(good ? 'good' : 'bad', good ? 'passed' : end)}
      <code>${marked(command.command)}</code>
      <span class="side">${duration(duration_ms)}</span>
    </summary>
    <pre tabindex="0">${marked(output_tail) || '(no output)'}</pre>
  </details>`;
}
