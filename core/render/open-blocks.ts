type Fence = Readonly<{ char: string; length: number; indent: string; container: number }>;

const fenceLine = /^( *(?:(?:[-*+]|\d{1,9}[.)]) +|> ?)* *)(`{3,}|~{3,})(.*)$/;

/**
 * Returns what must follow a beginning of Markdown so that text after it stands outside of code fences and folded
 * blocks: an empty string, or closing lines. Fences inside list items are closed at their own indentation.
 */
export function openBlocks(text: string): string {
  let fence: Fence | undefined;
  let folded = 0;
  let summary = false;
  for (const line of text.split('\n')) {
    fence = leaveContainer(fence, line);
    const match = fenceLine.exec(line);
    if (fence) {
      if (match && closes(fence, match)) fence = undefined;
    } else if (match && opens(match)) fence = fenceOf(match);
    else {
      folded = Math.max(0, folded + foldStep(line));
      if (line.includes('<summary>')) summary = true;
      if (line.includes('</summary>')) summary = false;
    }
  }
  const code = fence ? `\n${fence.indent}${fence.char.repeat(fence.length)}` : '';
  return `${code}${summary ? '</summary>' : ''}${'\n\n</details>'.repeat(folded)}`;
}

/** A fence ends with its list item, at a line that is indented less, or with its quote. */
function leaveContainer(fence: Fence | undefined, line: string): Fence | undefined {
  if (fence?.indent.includes('>')) return line.trimStart().startsWith('>') ? fence : undefined;
  if (!fence || fence.container === 0 || line.trim() === '') return fence;
  return line.length - line.trimStart().length < fence.container ? undefined : fence;
}

function opens([, , ticks = '', info = '']: RegExpExecArray): boolean {
  return ticks.startsWith('~') || !info.includes('`');
}

function closes(fence: Fence, match: RegExpExecArray): boolean {
  const [, before = '', ticks = '', info = ''] = match;
  // Elsewhere than in a quote, a marker before the backticks makes the line a part of the code.
  if (!fence.indent.includes('>') && before.trim() !== '') return false;
  if (before.length > fence.container + 3) return false;
  return ticks.startsWith(fence.char) && ticks.length >= fence.length && info.trim() === '';
}

function fenceOf([, before = '', ticks = '']: RegExpExecArray): Fence {
  const quoted = before.includes('>');
  return {
    char: ticks.charAt(0),
    length: ticks.length,
    indent: quoted ? before : ' '.repeat(before.length),
    container: !quoted && (before.length > 3 || before.trim() !== '') ? before.length : 0,
  };
}

/** Our folded blocks open and close on lines of their own; in running text the tags are code. */
function foldStep(line: string): number {
  if (line.startsWith('<details')) return 1;
  return line.startsWith('</details>') ? -1 : 0;
}
