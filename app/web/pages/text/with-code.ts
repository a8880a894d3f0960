import { html } from 'hono/html';
import type { Html } from '../html.ts';
import { marked } from './marked.ts';

/** A sentence of ours with what stands between backticks as code. */
export function withCode(text: string): Html {
  // Every other part stands between as many backticks as it begins with.
  const parts = text.split(/(`+)([^`].*?)\1/);
  return html`${parts.map((part, index) => {
    if (index % 3 === 1) return '';
    return index % 3 === 2 ? html`<code>${marked(part.trim())}</code>` : marked(part);
  })}`;
}
