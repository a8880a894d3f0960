import { type AttachmentHosts, isAttachment } from '../../../core/github/attachment-hosts.ts';
import { fileName } from '../../../core/render/readable-text.ts';

/** Something that a text shows or links to. `known` is false when it is kept by somebody else. */
export type AttachmentLink = Readonly<{ url: string; name: string; known: boolean }>;

const element = /<(img|video|source|a)\b([^>]{0,8000})>/gi;
const attribute = /\s(src|href|class)\s*=\s*"([^"]*)"/gi;

/**
 * Returns the attachments in a text as GitHub rendered it, each once, in the order of the text. GitHub has cleaned that
 * HTML, so that attributes are quoted and their values hold no brackets. Links are taken only to GitHub's own places.
 */
export function attachmentLinks(html: string, hosts: AttachmentHosts): readonly AttachmentLink[] {
  const found = new Map<string, AttachmentLink>();
  for (const [, tag = '', attributes = ''] of html.matchAll(element)) {
    const given = new Map(
      Array.from(attributes.matchAll(attribute), ([, name = '', value = '']) => [
        name.toLowerCase(),
        decoded(value),
      ]),
    );
    const url = given.get(tag.toLowerCase() === 'a' ? 'href' : 'src');
    if (url === undefined || given.get('class')?.includes('emoji')) continue;
    const known = isAttachment(url, hosts);
    if (!known && tag.toLowerCase() === 'a') continue;
    // The same file has another signature each time.
    const key = url.split('?')[0] ?? url;
    if (!found.has(key)) found.set(key, { url, name: fileName(url) || 'image', known });
  }
  return [...found.values()];
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
};

function decoded(value: string): string {
  return value.replaceAll(/&(?:amp|quot|#39|lt|gt);/g, (entity) => entities[entity] ?? entity);
}
