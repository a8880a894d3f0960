import { raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import MarkdownIt from 'markdown-it';

import { allowHtml } from './allowed-html.ts';
import { linkReferences, type Resolve } from './references.ts';

/** Turns Markdown into HTML that is safe to show. */
export type Markdown = (text: string) => HtmlEscapedString;

type MarkdownOptions = Readonly<{
  /** Whether a new line in the text is one on the page, as in comments. */
  breaks: boolean;
  resolve: Resolve;
}>;

/** Addresses that a link may have: pages, mail, and places on this server. */
const ADDRESS = /^(?:https?:\/\/|mailto:|[/?#.])|^[^:]*$/i;

/**
 * Creates a renderer: tables, links and lists as GitHub shows them; of HTML only what `allowHtml` lets through. Images
 * become links, so that no page loads from elsewhere.
 */
export function createMarkdown({ breaks, resolve }: MarkdownOptions): Markdown {
  const markdown = new MarkdownIt({ html: true, linkify: true, breaks });
  const { escapeHtml } = markdown.utils;
  markdown.validateLink = (url) => ADDRESS.test(url.trim());
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  markdown.core.ruler.push('references', (state) => linkReferences(state, resolve));
  markdown.core.ruler.push('allowed_html', allowHtml);
  markdown.renderer.rules['image'] = (tokens, index) => {
    const image = tokens[index];
    const address = escapeHtml(String(image?.attrGet('src') ?? ''));
    return `<a href="${address}">${escapeHtml(image?.content || 'image')}</a>`;
  };
  return (text) => raw(markdown.render(text));
}
