import { html } from 'hono/html';
import type { Job } from '../../../../core/job.ts';
import type { Html } from '../html.ts';
import { markdown } from '../text/markdown.ts';
import { marked } from '../text/marked.ts';

/** What the agent handed in at the end; nothing before that. */
export function resultView({ submission }: Job): Html {
  if (!submission) return html``;
  const { title, summary, changes, not_done, risks } = submission;
  return html`<section class="panel result" aria-labelledby="outcome">
    <h2 id="outcome" dir="auto">${marked(title)}</h2>
    ${markdown(summary)} ${list('Changes', changes)} ${list('Not done', not_done)}
    ${list('Look at closely', risks)}
  </section>`;
}

function list(title: string, items: readonly string[]): Html {
  if (items.length === 0) return html``;
  return html`<h3>${title}</h3>
    <ul>
      ${items.map((item) => html`<li>${markdown(item)}</li>`)}
    </ul>`;
}
