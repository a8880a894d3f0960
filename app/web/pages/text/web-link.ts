import { html } from 'hono/html';
import type { Html } from '../html.ts';

/** A link to a page of GitHub's. What is no web address becomes text: addresses come from stored records. */
export function webLink(url: string, text: string | Html): Html {
  if (!/^https?:\/\//i.test(url)) return html`${text}`;
  return html`<a href="${url}" rel="noreferrer">${text}</a>`;
}
