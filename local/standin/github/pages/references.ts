import type { StateCore, Token } from 'markdown-it';

/** Where `#12` (without a repository) or `owner/name#12` leads; undefined when it is nothing that the reader sees. */
export type Resolve = (
  reference: Readonly<{ repository: string | undefined; number: number }>,
) => string | undefined;

const REFERENCE = /(?<![\w/#&])((?:[\w.-]+\/[\w.-]+)?)#(\d{1,9})\b/g;

/** A rule for markdown-it that links the references in running text, outside of links and code. */
export function linkReferences(state: StateCore, resolve: Resolve): void {
  for (const token of state.tokens) {
    if (token.type !== 'inline' || token.children === null) continue;
    let links = 0;
    token.children = token.children.flatMap((child) => {
      if (child.type === 'link_open') links += 1;
      if (child.type === 'link_close') links -= 1;
      return child.type === 'text' && links === 0 ? linked(state, child.content, resolve) : [child];
    });
  }
}

function linked(state: StateCore, content: string, resolve: Resolve): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  const text = (part: string) => {
    const token = new state.Token('text', '', 0);
    token.content = part;
    return token;
  };
  for (const match of content.matchAll(REFERENCE)) {
    const [whole, repository, number] = match;
    const address = resolve({ repository: repository || undefined, number: Number(number) });
    if (address === undefined) continue;
    const open = new state.Token('link_open', 'a', 1);
    open.attrs = [['href', address]];
    const close = new state.Token('link_close', 'a', -1);
    tokens.push(text(content.slice(end, match.index)), open, text(whole), close);
    end = match.index + whole.length;
  }
  return [...tokens, text(content.slice(end))];
}
