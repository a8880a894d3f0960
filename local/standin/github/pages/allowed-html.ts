import type { StateCore, Token } from 'markdown-it';

/** The tags that may stand in Markdown. They have no attributes; everything else is shown as text. */
const ALLOWED: ReadonlySet<string> = new Set(['details', 'summary', 'code', 'sub', 'br']);

/** What is open: a block or a span of Markdown, or an allowed tag with its name. */
type Open = Readonly<{ type: 'markdown' }> | Readonly<{ type: 'tag'; name: string }>;

/**
 * A rule for markdown-it that leaves no raw HTML that could do harm: allowed tags stay without their attributes,
 * comments go, other tags become text. Tags are balanced within the Markdown around them, so that none reaches beyond
 * the text it stands in.
 */
export function allowHtml(state: StateCore): void {
  state.tokens = balanced(state, state.tokens, 'html_block');
}

type HtmlToken = 'html_block' | 'html_inline';

function balanced(state: StateCore, tokens: readonly Token[], kind: HtmlToken): Token[] {
  const stack: Open[] = [];
  const result: Token[] = [];
  const add = (html: string) => {
    if (html === '') return;
    const token = new state.Token(kind, '', 0);
    token.content = html;
    result.push(token);
  };
  for (const token of tokens) {
    if (token.nesting === 1) stack.push({ type: 'markdown' });
    if (token.nesting === -1) add(endOfMarkdown(stack));
    if (token.type === 'html_block' || token.type === 'html_inline') {
      add(allowed(token.content, stack));
      continue;
    }
    if (token.type === 'inline' && token.children !== null) {
      token.children = balanced(state, token.children, 'html_inline');
    }
    result.push(token);
  }
  add(closers(stack, 0));
  return result;
}

/** Ends the innermost piece of Markdown; returns the closing tags of what is still open inside it. */
function endOfMarkdown(stack: Open[]): string {
  const tags = closers(stack, innermost(stack) + 1);
  stack.pop();
  return tags;
}

function innermost(stack: readonly Open[]): number {
  return stack.findLastIndex((open) => open.type === 'markdown');
}

/** Takes everything from the index on off the stack and returns the closing tags. */
function closers(stack: Open[], from: number): string {
  return stack
    .splice(from)
    .toReversed()
    .map((open) => (open.type === 'tag' ? `</${open.name}>` : ''))
    .join('');
}

function allowed(html: string, stack: Open[]): string {
  const parts = html.matchAll(/<!--[\s\S]*?(?:-->|$)|<(\/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|[^<]+|</g);
  return [...parts]
    .map(([part, slash, tag]) => {
      const name = tag?.toLowerCase();
      if (part.startsWith('<!--')) return '';
      if (name === undefined || !ALLOWED.has(name)) return asText(part);
      return slash === '/' ? closed(name, stack) : opened(name, stack);
    })
    .join('');
}

function opened(name: string, stack: Open[]): string {
  if (name !== 'br') stack.push({ type: 'tag', name });
  return `<${name}>`;
}

/** Closes the tag with everything inside it; a closing tag without its opening one is dropped. */
function closed(name: string, stack: Open[]): string {
  const start = stack.findLastIndex((open) => open.type === 'tag' && open.name === name);
  return start > innermost(stack) ? closers(stack, start) : '';
}

/** HTML text without tags; its character references stay. */
function asText(text: string): string {
  return text
    .replace(/&(?!#?[A-Za-z0-9]+;)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
