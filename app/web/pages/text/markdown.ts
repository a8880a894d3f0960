import { html, raw } from 'hono/html';
import MarkdownIt from 'markdown-it';
import sanitize from 'sanitize-html';
import { visible } from '../../../../core/render/hidden.ts';
import type { Html } from '../html.ts';

/** Markdown of a model or a person is cut here; the whole text is in the thread as Markdown. */
const longest = 60_000;

const parser = MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });
parser.validateLink = (url) => /^https?:\/\//i.test(url);
// Nothing is loaded from elsewhere: an image is a link to it.
parser.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index];
  const escape = parser.utils.escapeHtml;
  const to = escape(String(token?.attrGet('src') ?? ''));
  return `<a href="${to}">${escape(token?.content || 'image')}</a>`;
};

/** What may stand in the result, whatever the parser made. */
const allowed: sanitize.IOptions = {
  allowedTags:
    'p br em strong s a ul ol li blockquote pre code hr table thead tbody tr th td'.split(' '),
  allowedAttributes: { a: ['href', 'rel'], ol: ['start'], p: ['class'], pre: ['tabindex'] },
  allowedSchemes: ['http', 'https'],
  allowProtocolRelative: false,
  transformTags: {
    a: sanitize.simpleTransform('a', { rel: 'nofollow noopener noreferrer' }),
    // Headings of a text are none of the page.
    ...Object.fromEntries(
      ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((tag) => [
        tag,
        sanitize.simpleTransform('p', { class: 'heading' }),
      ]),
    ),
    // What scrolls can be reached with the keyboard.
    pre: sanitize.simpleTransform('pre', { tabindex: '0' }),
  },
};

/** Returns Markdown as HTML without scripts, images, styles, or links to anything but web pages. */
export function markdown(text: string): Html {
  const shown = visible(text).text.slice(0, longest);
  return html`<div class="markdown" dir="auto">
    ${raw(sanitize(parser.render(shown), allowed))}
  </div>`;
}
