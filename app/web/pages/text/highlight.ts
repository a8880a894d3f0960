import hljs from 'highlight.js/lib/core';
import { raw } from 'hono/html';
import type { Html } from '../html.ts';
import { languages } from './languages.ts';
import { marked } from './marked.ts';

/** Longer texts are shown plain: highlighting takes time, and whoever writes them is not trusted. */
const longest = 20_000;

const engine = hljs.newInstance();
for (const [name, { define }] of Object.entries(languages)) engine.registerLanguage(name, define);

/** Returns code as HTML with what could be told apart in it. It is escaped, also where nothing is known of it. */
export function highlighted(code: string, language: string | undefined): Html {
  return raw(highlight(marked(code), language));
}

/** Returns code line by line; each line is whole HTML. As many lines come back as go in. */
export function highlightedLines(
  lines: readonly string[],
  language: string | undefined,
): readonly Html[] {
  return balanced(highlight(lines.map(oneLine).join('\n'), language)).map((line) => raw(line));
}

function oneLine(text: string): string {
  return marked(text).replaceAll('\n', ' ');
}

function highlight(code: string, language: string | undefined): string {
  if (language === undefined || code.length > longest || !engine.getLanguage(language))
    return escaped(code);
  return engine.highlight(code, { language, ignoreIllegals: true }).value;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;');
}

/** Spans that go over line ends are closed and opened again. */
function balanced(markup: string): readonly string[] {
  let open: readonly string[] = [];
  return markup.split('\n').map((line) => {
    const before = open.join('');
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g))
      open = tag === '</span>' ? open.slice(0, -1) : [...open, tag];
    return `${before}${line}${'</span>'.repeat(open.length)}`;
  });
}
