import { visible } from './hidden.ts';

/** Returns the text on one line with nothing in it that Markdown or GitHub reads: for table cells and running text. */
export function inline(text: string): string {
  return escaped(text)
    .replaceAll(/#(?=\d)/g, '#<!-- -->')
    .replaceAll(/\bGH-(?=\d)/gi, (gh) => `${gh}<!-- -->`)
    .replaceAll(/\bwww\.(?=\S)/gi, (www) => `${www.slice(0, -1)}<!-- -->.`);
}

function escaped(text: string): string {
  return visible(text)
    .text.replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_{}[\]<>|~$&]/g, (char) => (char === '&' ? '&amp;' : `\\${char}`))
    .replaceAll(/@(?=[A-Za-z0-9])/g, '@<!-- -->')
    .replaceAll(/(:)(?=\/\/)/g, '$1<!-- -->')
    .replace(/^([-+=#]|\d+[.)])/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`);
}

/** Returns the text as a code span on one line. */
export function codeSpan(text: string): string {
  const line = visible(text).text.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return '';
  const ticks = '`'.repeat(longestRun(line, '`') + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Returns the text as a fenced code block, whatever backticks it holds. */
export function codeFence(text: string, language = ''): string {
  const body = visible(text).text.replace(/\n+$/, '');
  const ticks = '`'.repeat(Math.max(3, longestRun(body, '`') + 1));
  return `${ticks}${language}\n${body}\n${ticks}`;
}

/** Returns a link; the text is escaped, the address must be our own or GitHub's. */
export function link(text: string, url: string): string {
  const address = url.replaceAll(
    /[()\s<>\\]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `[${escaped(text)}](${address})`;
}

/** Returns a table; cells are Markdown already, on one line. A bare pipe would end a cell even inside code. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(tableLine).join('\n');
}

/** Returns a block that is folded until the reader opens it. */
export function details(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** Returns the blocks with an empty line between them, without the empty ones. */
export function blocks(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
}

function longestRun(text: string, char: string): number {
  let longest = 0;
  let run = 0;
  for (const each of text) {
    run = each === char ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
