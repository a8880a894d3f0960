import { html } from 'hono/html';

import { markdownIn } from './repository-markdown.ts';
import type { Html, RepositoryVisit } from './visit.ts';

/** A file: Markdown as it reads, other text with line numbers, and of other bytes only how many they are. */
export function fileView(visit: RepositoryVisit, path: string, bytes: Buffer): Html {
  const name = path.split('/').at(-1) ?? path;
  return html`<section class="file">
    <h3><code>${name}</code></h3>
    ${contentOf(visit, name, bytes)}
  </section>`;
}

function contentOf(visit: RepositoryVisit, name: string, bytes: Buffer): Html {
  if (bytes.includes(0)) return html`<p class="empty">${bytes.length} bytes that are not text.</p>`;
  const text = bytes.toString('utf8');
  if (/\.md$/i.test(name)) return html`<div class="markdown">${markdownIn(visit).text(text)}</div>`;
  const lines = text.replace(/\n$/, '').split('\n');
  return html`<div class="scroll">
    <table class="diff">
      ${lines.map(
        (line, index) =>
          html`<tr id="L${index + 1}">
            <td class="no">${index + 1}</td>
            <td class="text">${line}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}
