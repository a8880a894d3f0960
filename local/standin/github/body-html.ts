import MarkdownIt from 'markdown-it';
import type { Attachments } from './attachments.ts';
import { isObject } from './openapi-document.ts';
import type { Answer, Call } from './route.ts';

/**
 * Adds `body_html` and `body_text` to what has a `body`, where the caller asked for the full media type. Images of
 * people get an address that can be loaded; of other HTML only the text stays.
 */
export function withHtml({ hub, accept }: Pick<Call, 'hub' | 'accept'>, answer: Answer): Answer {
  if (!/application\/vnd\.github\.(?:v3\.)?full\b/.test(accept)) return answer;
  const render = (body: unknown) => {
    if (!isObject(body) || !('body' in body)) return body;
    const text = typeof body['body'] === 'string' ? body['body'] : '';
    return { ...body, body_html: bodyHtml(text, hub.attachments), body_text: text };
  };
  const { body } = answer;
  return { ...answer, body: Array.isArray(body) ? body.map(render) : render(body) };
}

function bodyHtml(text: string, { sign }: Pick<Attachments, 'sign'>): string {
  const markdown = new MarkdownIt({ html: true, linkify: true, breaks: true });
  const { escapeHtml } = markdown.utils;
  const image = (source: string, alt: string) => {
    const address = escapeHtml(sign(source));
    return `<a target="_blank" rel="noopener noreferrer" href="${address}"><img src="${address}" alt="${escapeHtml(alt)}" style="max-width: 100%;"></a>`;
  };
  markdown.renderer.rules['image'] = (tokens, index) => {
    const token = tokens[index];
    return image(String(token?.attrGet('src') ?? ''), token?.content ?? '');
  };
  const html: NonNullable<typeof markdown.renderer.rules.html_block> = (tokens, index) =>
    (tokens[index]?.content ?? '')
      .replaceAll(/<!--[\s\S]*?-->/g, '')
      .split(/(<[^>]*>)/)
      .map((part) => {
        if (!part.startsWith('<')) return escapeHtml(part);
        const source = /^<img\b[^>]*\ssrc="([^"]*)"/i.exec(part)?.[1];
        return source === undefined ? '' : image(source, '');
      })
      .join('');
  markdown.renderer.rules.html_block = html;
  markdown.renderer.rules.html_inline = html;
  return markdown.render(text);
}
