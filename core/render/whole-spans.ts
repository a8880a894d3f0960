import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { isCostly } from './costly.ts';
import { openBlocks } from './open-blocks.ts';

/**
 * Returns a function that cuts a beginning of the Markdown text before a code span, link or definition
 * that would lose its end: what stands in it would be read as Markdown. It looks at the stretch between
 * empty lines around the cut only, which no span goes beyond, and reads each stretch once.
 */
export function keepSpansWhole(whole: string): (kept: string) => string {
  let known: Readonly<{ from: number; to: number; tree: Nodes }> | undefined;
  return (kept) => {
    const from = lastBlank(kept);
    // In a fence nothing is a span.
    if (openBlocks(kept.slice(0, from)).includes('`')) return kept;
    const next = whole.slice(kept.length).search(/\n[ \t>]{0,99}\n/);
    const to = next === -1 ? whole.length : kept.length + next;
    const stretch = whole.slice(from, to);
    const text = stretch.trimStart();
    const shift = from + stretch.length - text.length;
    if (known?.from !== from || known.to !== to) {
      if (isCostly(stretch)) return kept.slice(0, from);
      known = { from, to, tree: fromMarkdown(text) };
    }
    const start = spanAround(known.tree, kept.length - shift);
    return start === undefined ? kept : kept.slice(0, start + shift);
  };
}

/** Returns where the last line begins that has an empty one before it, or 0. */
export function lastBlank(text: string): number {
  for (let end = text.lastIndexOf('\n'); end > 0;) {
    const before = text.lastIndexOf('\n', end - 1);
    if (before >= 0 && /^[ \t>]*$/.test(text.slice(before + 1, end))) return end + 1;
    end = before;
  }
  return 0;
}

const wholeTypes: ReadonlySet<string> = new Set(['inlineCode', 'link', 'definition']);

/** Where the outermost code span, link or definition begins that a cut goes through. */
function spanAround(node: Nodes, cut: number): number | undefined {
  const start = node.position?.start.offset ?? 0;
  const end = node.position?.end.offset ?? start;
  if (start >= cut || end <= cut) return undefined;
  if (wholeTypes.has(node.type)) return start;
  if (!('children' in node)) return undefined;
  for (const child of node.children) {
    const found = spanAround(child, cut);
    if (found !== undefined) return found;
  }
  return undefined;
}
