import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { isCostly } from './costly.ts';
import { visible } from './hidden.ts';
import { codeFence, codeSpan } from './markdown.ts';
import { openBlocks } from './open-blocks.ts';

/** Longer texts are cut before they are parsed. */
const longest = 60_000;

/**
 * Returns Markdown that a model wrote, made safe to publish: it notifies nobody, closes no issue, loads no image and
 * holds no HTML. Ordinary formatting and code stay as they are. Hidden characters are removed and counted in a note.
 */
export function modelText(text: string): string {
  const { text: shown, removed } = visible(text.slice(0, longest));
  const settled = settle(shown.trim());
  const safe = settled + openBlocks(settled);
  const note = removed === 1 ? '1 hidden character' : `${removed} hidden characters`;
  return removed === 0 ? safe : `${safe}\n\n_${note} removed from this text._`;
}

/** Returns the same on one line, for list items; what would open a code block there is shown as code. */
export function modelLine(text: string): string {
  const line = visible(text.slice(0, longest)).text.replaceAll(/\s+/g, ' ').trim();
  const opensBlock = /^(?:[ >*+#-]|\d{1,9}[.)])*(?:`{3}|~{3})/.test(line);
  return opensBlock || isCostly(line) ? codeSpan(line) : settle(line);
}

/** What HTML held is read as Markdown once its brackets are escaped, so it is looked at again. */
function settle(text: string): string {
  if (isCostly(text)) return codeFence(text);
  let current = text;
  for (let pass = 0; pass < 5; pass += 1) {
    const next = neutralise(current);
    if (next === current) return current;
    current = next;
  }
  return codeFence(text);
}

type Edit = Readonly<{ start: number; end: number; replacement: string }>;

function neutralise(text: string): string {
  const edits: Edit[] = [];
  collect(fromMarkdown(text), text, edits);
  let at = 0;
  const parts: string[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    parts.push(text.slice(at, edit.start), edit.replacement);
    at = edit.end;
  }
  return parts.join('') + text.slice(at);
}

function collect(node: Nodes, text: string, edits: Edit[]): void {
  const start = node.position?.start.offset ?? 0;
  const end = node.position?.end.offset ?? start;
  const replacement = replacementOf(node, text.slice(start, end));
  if (replacement !== undefined) edits.push({ start, end, replacement });
  else if ('children' in node) for (const child of node.children) collect(child, text, edits);
}

function replacementOf(node: Nodes, source: string): string | undefined {
  if (node.type === 'html') return source.replaceAll('<', '&lt;');
  if (node.type === 'image' || node.type === 'imageReference') {
    return `(image: ${plain(node.alt ?? '')})`;
  }
  return node.type === 'text' ? quiet(source) : undefined;
}

function plain(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,-]/gu, ' ').trim() || 'no description';
}

const at = String.raw`(?:\\?@)`;
const hash = String.raw`(?:\\?#)`;
const name = '[A-Za-z0-9][A-Za-z0-9-]{0,100}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,100})?';
const mention = new RegExp(`(?<![A-Za-z0-9\`])${at}(${name})`, 'g');

// The keywords of docs.github.com/issues "Linking a pull request to an issue", before #1, owner/name#1, GH-1 or a link.
const issue = `(?:[\\w.-]{1,100}/[\\w.-]{1,100})?${hash}\\d+|GH-\\d+|https?://[^\\s<>()]{1,300}/(?:issues|pull)/\\d+`;
const closing = new RegExp(
  `\\b((?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\\s{1,20})(?:${issue})`,
  'gi',
);

/** Puts names and closed issues into code, where GitHub doesn't act on them. */
function quiet(source: string): string {
  return source
    .replaceAll(/&#(?:0{0,9}(\d{2,3})|[xX]0{0,9}([0-9a-fA-F]{2}));/g, decoded)
    .replaceAll('&commat;', '@')
    .replaceAll('&num;', '\\#')
    .replaceAll(mention, (_, who: string) => `\`@${who}\``)
    .replaceAll(closing, (match, before: string) => {
      const target = match.slice(before.length);
      return `${before}\`${target.replaceAll('\\', '')}\``;
    });
}

/** Character references that could spell a name or a keyword; all others stay. */
function decoded(reference: string, decimal: string | undefined, hex: string | undefined): string {
  const char = String.fromCodePoint(
    decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal),
  );
  if (char === '#') return '\\#';
  return /[A-Za-z0-9@]/.test(char) ? char : reference;
}
