import MarkdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';

/** What GitHub would act on or load, as a reader apart from our own sees it. */
const reader = new MarkdownIt({ html: true, linkify: true });
// GitHub makes no link of an address without its scheme.
reader.linkify.set({ fuzzyLink: false, fuzzyEmail: false }).add('//', null);

const ordinary = new Set(
  'p a code pre em strong s ul ol li blockquote table thead tbody tr th td h1 h2 h3 h4 h5 h6 hr br details summary'.split(
    ' ',
  ),
);

const closing =
  /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?(?:#\d|GH-\d|https?:\/\/\S+\/(?:issues|pull)\/\d)/i;

type Allowed = Readonly<{
  hosts: readonly string[];
  people?: readonly string[];
  /** Markers of our own. */
  markers?: number;
  /** Only the text of a pull request closes issues, not a comment. */
  closes?: boolean;
}>;

/** Returns what Markdown of ours must not hold; links may lead to these hosts and mentions name these people. */
export function judgeMarkdown(markdown: string, allowed: Allowed): readonly string[] {
  const found: string[] = [];
  const rendered = reader.render(markdown);
  // GitHub looks at each piece of text by itself, and a comment ends one.
  const html = rendered.replaceAll(/<!--.*?-->/gs, '\u2063');
  const words: string[] = [];
  let code = 0;
  sanitizeHtml(html, {
    allowedTags: false,
    allowedAttributes: false,
    allowVulnerableTags: true,
    onOpenTag: (name, attributes) => {
      if (name === 'code' || name === 'pre') code += 1;
      found.push(...judgeTag(name, attributes, allowed.hosts));
    },
    onCloseTag: (name) => {
      if (name === 'code' || name === 'pre') code -= 1;
      words.push(' ');
    },
    textFilter: (text) => {
      if (code > 0) return text;
      words.push(text);
      if (/(?:^|\n)\s*\/cody(?![\w/-])/.test(text)) found.push('gives a command');
      return text;
    },
  });
  const text = words.join('');
  for (const [, who = ''] of text.matchAll(/(?:^|[^\w`/.@])@([A-Za-z0-9][\w-]*(?:\/[\w-]+)?)/g))
    if (!(allowed.people ?? []).includes(who)) found.push(`mentions ${who}`);
  if (allowed.closes !== true && closing.test(text)) found.push('closes an issue');
  const markers = rendered.match(/<!--\s*cody-batch:/g)?.length ?? 0;
  if (markers > (allowed.markers ?? 0)) found.push('a marker was forged');
  if (/[\u200b\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u.test(markdown))
    found.push('hidden characters');
  return found;
}

function judgeTag(
  name: string,
  attributes: Readonly<Record<string, string>>,
  hosts: readonly string[],
): string[] {
  const found: string[] = [];
  if (name === 'img') found.push(`loads an image from ${attributes['src'] ?? ''}`);
  else if (!ordinary.has(name)) found.push(`holds <${name}>`);
  for (const key of Object.keys(attributes))
    if (/^on|^style$|^srcset$/i.test(key)) found.push(`holds ${key}=`);
  const { href } = attributes;
  if (name === 'a' && href !== undefined && !isAllowed(href, hosts)) found.push(`links to ${href}`);
  return found;
}

function isAllowed(href: string, hosts: readonly string[]): boolean {
  const url = URL.parse(href, 'https://relative.invalid');
  if (url === null) return false;
  if (url.host === 'relative.invalid') return true;
  return /^https?:$/.test(url.protocol) && hosts.includes(url.host);
}
